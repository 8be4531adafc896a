package datasets

import (
	"embed"
	"fmt"
)

//go:embed embedded/*.csv
var embedded embed.FS

const (
	domainUS     = "public domain (US federal statistics)"
	domainSM     = "public domain (as declared by statsmodels)"
	licenceBike  = "CC BY 4.0: Fanaee-T and Gama 2013, doi:10.1007/s13748-013-0040-3"
	licenceVega  = "CC BY 4.0"
	licenceFacts = "bare facts, taken from a GPL package"
)

// recorded lists the embedded real series.
func recorded() []Info {
	table := []Info{
		{Name: "sunspots", Description: "monthly mean sunspot numbers, 1749-01 to 1983-12", Targets: []string{"sunspots"}, Period: 132,
			Source:  "Zurich sunspot numbers, Andrews and Herzberg 1985 (R datasets: sunspots)",
			Licence: "bare facts, taken from a GPL package; statsmodels declares the same series public domain"},
		{Name: "sunspots-yearly", Description: "yearly mean sunspot numbers, 1700 to 2008", Targets: []string{"SUNACTIVITY"}, Period: 11,
			Source: "National Geophysical Data Center (statsmodels: sunspots)", Licence: domainSM},
		{Name: "air-passengers", Description: "airline passengers in thousands, monthly, 1949 to 1960", Targets: []string{"thousands"}, Period: 12,
			Source: "Box and Jenkins 1976, series G (R datasets: AirPassengers)", Licence: licenceFacts},
		{Name: "co2", Description: "CO2 at Mauna Loa in ppm, monthly, 1958-03 to 2020-04, 5 months missing", Targets: []string{"CO2"}, Period: 12,
			Source: "Scripps CO2 Program (vega-datasets: co2-concentration)", Licence: licenceVega},
		{Name: "co2-weekly", Description: "CO2 at Mauna Loa in ppm, weekly, 1958 to 2001, 59 weeks missing", Targets: []string{"co2"}, Period: 52,
			Source: "CDIAC, Keeling and Whorf 2004 (statsmodels: co2)", Licence: domainSM},
		{Name: "nile", Description: "yearly flow of the Nile at Aswan in 1e8 m3, 1871 to 1970", Targets: []string{"volume"}, Period: 1,
			Source: "Cobb 1978 (statsmodels: nile)", Licence: domainSM},
		{Name: "lynx", Description: "lynx trapped a year in Canada, 1821 to 1934", Targets: []string{"trapped"}, Period: 10,
			Source: "Elton and Nicholson 1942; Campbell and Walker 1977 (R datasets: lynx)", Licence: licenceFacts},
		{Name: "macro", Description: "ten US macroeconomic series, monthly, 1959-01 to 2022-09", Targets: []string{"unratensa"}, Period: 12,
			Source: "Census, BLS and Federal Reserve Board by way of FRED (gretl: fedstl)", Licence: domainUS},
		{Name: "macro-quarterly", Description: "twelve US macroeconomic series, quarterly, 1959 to 2009", Targets: []string{"unemp"}, Period: 4,
			Source: "BEA, BLS and Federal Reserve Board by way of FRED (statsmodels: macrodata)", Licence: domainSM},
		{Name: "bike", Description: "rented bicycles in Washington DC with weather and holidays, daily, 2011 and 2012", Targets: []string{"cnt"}, Period: 7,
			Source: "UCI 275, Bike Sharing Dataset (gretl: bikesharing)", Licence: licenceBike},
		{Name: "elnino", Description: "sea surface temperature of the eastern Pacific in C, a column a month, 1950 to 2010", Targets: []string{"DEC"}, Period: 1,
			Source: "NOAA ERSST (statsmodels: elnino)", Licence: domainSM},
		{Name: "seattle", Description: "rain, temperature and wind in Seattle, daily, 2012 to 2015", Targets: []string{"temp_max"}, Period: 365,
			Source: "NOAA (vega-datasets: seattle-weather)", Licence: "US government work"},
		{Name: "employment", Description: "US employment by sector in thousands, monthly, 2006 to 2015", Targets: []string{"nonfarm"}, Period: 12,
			Source: "Bureau of Labor Statistics (vega-datasets: us-employment)", Licence: "US government work"},
	}
	for i := range table {
		table[i].open = openRecorded
	}
	return table
}

// openRecorded reads an embedded file.
func openRecorded(info Info, _ values) (*Data, error) {
	path := "embedded/" + info.Name + ".csv"
	file, err := embedded.Open(path)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	defer file.Close()
	series, err := ReadCSVFrom(file, info.Name, CSVOptions{})
	if err != nil {
		return nil, err
	}
	return &Data{Info: info, Series: series}, nil
}

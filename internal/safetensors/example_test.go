package safetensors_test

import (
	"bytes"
	"fmt"

	"lenz/internal/safetensors"
)

func Example() {
	var file bytes.Buffer
	weights := []safetensors.Tensor{{Name: "head.weight", Shape: []int{1, 2}, Data: []float32{0.5, -1}}}
	if err := safetensors.Write(&file, weights, map[string]string{"format": "pt"}); err != nil {
		fmt.Println(err)
		return
	}
	tensors, metadata, err := safetensors.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tensors[0].Name, tensors[0].DType, tensors[0].Shape, tensors[0].Data, metadata)
	// Output: head.weight F32 [1 2] [0.5 -1] map[format:pt]
}

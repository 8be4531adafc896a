// Shows the values under the pointer (or, with the arrow keys, at the next place). Without it the page loses only that.
document.querySelectorAll(".plot").forEach(function (plot) {
  var panels = JSON.parse(plot.querySelector("script").textContent);
  var tip = plot.querySelector(".tip");
  plot.querySelectorAll(".chart").forEach(function (svg) {
    var frames = svg.dataset.frames.split(";").map(function (f) { return f.split(",").map(Number); });
    var cross = svg.querySelector(".cross"), panel = 0, place = -1;

    function hide() { tip.style.visibility = cross.style.visibility = "hidden"; }

    function show(p, i) {
      var data = panels[p], f = frames[p], scale = svg.clientWidth / svg.viewBox.baseVal.width;
      var x = f[0] + data.at[i] * (f[2] - f[0]);
      panel = p; place = i;
      cross.setAttribute("x1", x); cross.setAttribute("x2", x);
      cross.setAttribute("y1", f[1]); cross.setAttribute("y2", f[3]);
      tip.textContent = "";
      var head = document.createElement("b");
      head.textContent = data.labels[i];
      tip.appendChild(head);
      data.series.forEach(function (s) {
        if (!s.texts[i]) { return; }
        var row = document.createElement("div"), dot = document.createElement("i");
        dot.style.background = "var(--c" + s.color + ")";
        row.appendChild(dot);
        row.appendChild(document.createTextNode(s.name + ": " + s.texts[i]));
        tip.appendChild(row);
      });
      var at = (svg.getBoundingClientRect().left - plot.getBoundingClientRect().left) + x * scale;
      var right = at + 14 + tip.offsetWidth > plot.clientWidth;
      tip.style.left = Math.max(0, right ? at - 14 - tip.offsetWidth : at + 14) + "px";
      tip.style.top = f[1] * scale + 4 + "px";
      tip.style.visibility = cross.style.visibility = "visible";
    }

    svg.addEventListener("pointermove", function (e) {
      var box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
      var x = (e.clientX - box.left) * scale, y = (e.clientY - box.top) * scale;
      for (var p = 0; p < frames.length; p++) {
        var f = frames[p], at = panels[p].at;
        if (x < f[0] - 8 || x > f[2] + 8 || y < f[1] || y > f[3] || !at.length) { continue; }
        var want = (x - f[0]) / (f[2] - f[0]), best = 0;
        for (var i = 1; i < at.length; i++) {
          if (Math.abs(at[i] - want) < Math.abs(at[best] - want)) { best = i; }
        }
        show(p, best);
        return;
      }
      hide();
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", function (e) {
      var n = panels[panel].at.length, step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
      if (e.key === "Escape") { hide(); }
      if (!step || !n) { return; }
      e.preventDefault();
      show(panel, Math.min(n - 1, Math.max(0, place < 0 ? (step < 0 ? n - 1 : 0) : place + step)));
    });
  });
});

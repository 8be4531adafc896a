// Draws the figures of .explore elements as SVG: click a name to hide or show it, switch axes to logarithmic, point at a curve to read it.
document.querySelectorAll(".explore").forEach(function (box) {
  "use strict";
  var figure = JSON.parse(box.querySelector("script").textContent);
  var stage = box.querySelector(".stage"), bar = box.querySelector(".bar"), tip = box.querySelector(".tip");
  var hidden = {}, ns = "http://www.w3.org/2000/svg";

  function make(parent, tag, attributes, text) {
    var e = document.createElementNS(ns, tag);
    Object.keys(attributes).forEach(function (k) { e.setAttribute(k, attributes[k]); });
    if (text !== undefined) { e.textContent = text; }
    parent.appendChild(e);
    return e;
  }

  function show(v) {
    if (v === 0) { return "0"; }
    var a = Math.abs(v);
    var text = a >= 1e5 || a < 1e-3 ? v.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e") : String(Number(v.toPrecision(4)));
    return text.replace(/-/g, "\u2212");
  }

  function switches() {
    var seen = {};
    figure.panels.forEach(function (p) {
      p.lines.concat(p.bands).forEach(function (s) {
        if (!s.name || seen[s.name]) { return; }
        seen[s.name] = true;
        var b = document.createElement("button");
        b.type = "button";
        b.setAttribute("aria-pressed", "true");
        var key = make(b, "svg", { "class": "chart key", viewBox: "0 0 30 8", "aria-hidden": "true" });
        make(key, "path", s.x && s.low ? { "class": "band b" + s.color, d: "M0 0H30V8H0Z" } : { "class": "data c" + s.color, d: "M0 4H30" });
        b.appendChild(document.createTextNode(s.name));
        b.addEventListener("click", function () {
          hidden[s.name] = !hidden[s.name];
          b.setAttribute("aria-pressed", String(!hidden[s.name]));
          draw();
        });
        bar.appendChild(b);
      });
    });
    ["x", "y"].forEach(function (way) {
      var label = document.createElement("label"), input = document.createElement("input");
      input.type = "checkbox";
      input.checked = figure.panels[0][way].log;
      input.addEventListener("change", function () {
        figure.panels.forEach(function (p) { p[way].log = input.checked; });
        draw();
      });
      label.appendChild(input);
      label.appendChild(document.createTextNode("log " + way));
      bar.appendChild(label);
    });
  }

  // scale maps values of an axis to 0..1; ok tells which can be shown.
  function scale(axis, values, margin) {
    var ok = function (v) { return v !== null && (!axis.log || v > 0); };
    var lo = Infinity, hi = -Infinity, map = axis.log ? Math.log10 : function (v) { return v; };
    values.forEach(function (v) { if (ok(v)) { lo = Math.min(lo, map(v)); hi = Math.max(hi, map(v)); } });
    if (lo > hi) { lo = axis.log ? -1 : 0; hi = axis.log ? 0 : 1; }
    if (axis.zero && !axis.log && lo > 0) { lo = 0; }
    if (hi - lo < 1e-12 * Math.max(1, Math.abs(hi))) { lo -= 0.5; hi += 0.5; }
    var grow = margin * (hi - lo);
    if (!(axis.zero && !axis.log && lo === 0)) { lo -= grow; }
    hi += grow;
    return { ok: ok, at: function (v) { return (map(v) - lo) / (hi - lo); }, ticks: ticks(lo, hi, axis.log) };
  }

  function ticks(lo, hi, log) {
    var out = [], v;
    if (log && hi - lo >= 1) {
      var every = Math.max(1, Math.ceil((hi - lo) / 7)), between = hi - lo < 3 ? [1, 2, 5] : [1];
      for (v = Math.floor(lo); v <= hi; v += every) {
        between.forEach(function (m) {
          var w = v + Math.log10(m);
          if (w >= lo && w <= hi) { out.push({ at: (w - lo) / (hi - lo), label: show(Number((m * Math.pow(10, v)).toPrecision(3))) }); }
        });
      }
      return out;
    }
    var from = log ? Math.pow(10, lo) : lo, to = log ? Math.pow(10, hi) : hi;
    var step = Math.pow(10, Math.floor(Math.log10((to - from) / 5)));
    [5, 2].some(function (m) { if ((to - from) / (step * m) >= 4) { step *= m; return true; } return false; });
    for (v = Math.ceil(from / step) * step; v <= to + step / 1e6; v += step) {
      var w = log ? Math.log10(v) : v;
      out.push({ at: (w - lo) / (hi - lo), label: show(Number(v.toPrecision(12))) });
    }
    return out;
  }

  function panel(p, width) {
    var f = { left: 62, top: 24, right: width - 14, bottom: 300 };
    var svg = make(stage, "svg", { "class": "chart", viewBox: "0 0 " + width + " 344", role: "img", "aria-label": figure.title });
    var lines = p.lines.filter(function (l) { return !hidden[l.name]; });
    var bands = p.bands.filter(function (b) { return !hidden[b.name]; });
    var xs = [], ys = [];
    lines.forEach(function (l) { xs = xs.concat(l.x); ys = ys.concat(l.y); });
    bands.forEach(function (b) { xs = xs.concat(b.x); ys = ys.concat(b.low, b.high); });
    p.marks.forEach(function (m) { xs.push(m.x); });
    var x = scale(p.x, xs, 0.015), y = scale(p.y, ys, 0.05);
    var px = function (v) { return f.left + x.at(v) * (f.right - f.left); };
    var py = function (v) { return f.bottom - y.at(v) * (f.bottom - f.top); };
    y.ticks.forEach(function (t) {
      var at = f.bottom - t.at * (f.bottom - f.top);
      make(svg, "path", { "class": "grid", d: "M" + f.left + " " + at + "H" + f.right });
      make(svg, "text", { "class": "tick", x: f.left - 6, y: at + 4, "text-anchor": "end" }, t.label);
    });
    x.ticks.forEach(function (t) {
      var at = f.left + t.at * (f.right - f.left);
      make(svg, "path", { "class": "grid", d: "M" + at + " " + f.top + "V" + f.bottom });
      make(svg, "text", { "class": "tick", x: Math.min(at, f.right - 8), y: f.bottom + 16, "text-anchor": "middle" }, t.label);
    });
    make(svg, "path", { "class": "axis", d: "M" + f.left + " " + f.bottom + "H" + f.right });
    make(svg, "text", { "class": "tick", x: f.left - 56, y: f.top - 10 }, p.y.name + (p.title ? " – " + p.title : ""));
    make(svg, "text", { "class": "tick", x: f.right, y: f.bottom + 36, "text-anchor": "end" }, p.x.name);
    p.marks.forEach(function (m) {
      if (!x.ok(m.x)) { return; }
      make(svg, "path", { "class": "rule", d: "M" + px(m.x) + " " + f.top + "V" + f.bottom });
      make(svg, "text", { "class": "label", x: px(m.x), y: f.top - 8, "text-anchor": "middle" }, m.label);
    });
    bands.forEach(function (b) {
      var up = "", down = "";
      b.x.forEach(function (v, i) {
        if (x.ok(v) && y.ok(b.low[i]) && y.ok(b.high[i])) {
          up += (up ? "L" : "M") + px(v) + " " + py(b.high[i]);
          down = "L" + px(v) + " " + py(b.low[i]) + down;
        }
      });
      if (up) { make(svg, "path", { "class": "band b" + b.color, d: up + down + "Z" }); }
    });
    var points = [];
    lines.forEach(function (l) {
      var d = "", run = [];
      function end() {
        if (run.length === 1) { make(svg, "circle", { "class": "b" + l.color, cx: run[0][0], cy: run[0][1], r: 2.6 }); }
        run = [];
      }
      l.x.forEach(function (v, i) {
        if (!x.ok(v) || !y.ok(l.y[i])) { end(); return; }
        var at = [px(v), py(l.y[i])];
        d += (run.length ? "L" : "M") + at[0].toFixed(1) + " " + at[1].toFixed(1);
        run.push(at);
        points.push({ at: at, line: l, x: v, y: l.y[i] });
      });
      end();
      if (d) { make(svg, "path", { "class": "data c" + l.color, d: d }); }
    });
    listen(svg, p, points);
  }

  function listen(svg, p, points) {
    var cross = make(svg, "circle", { r: 5, fill: "none", stroke: "currentColor", visibility: "hidden" });
    function hide() { tip.style.visibility = "hidden"; cross.setAttribute("visibility", "hidden"); }
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("pointermove", function (e) {
      var r = svg.getBoundingClientRect(), k = svg.viewBox.baseVal.width / r.width, near = null, least = 900;
      points.forEach(function (q) {
        var dx = q.at[0] - (e.clientX - r.left) * k, dy = q.at[1] - (e.clientY - r.top) * k;
        if (dx * dx + dy * dy < least) { least = dx * dx + dy * dy; near = q; }
      });
      if (!near) { hide(); return; }
      cross.setAttribute("cx", near.at[0]);
      cross.setAttribute("cy", near.at[1]);
      cross.setAttribute("visibility", "visible");
      tip.textContent = "";
      [near.line.name, p.x.name + ": " + show(near.x), p.y.name + ": " + show(near.y)].forEach(function (text, i) {
        var row = document.createElement(i ? "div" : "b");
        row.textContent = text;
        tip.appendChild(row);
      });
      var home = box.getBoundingClientRect(), left = r.left - home.left + near.at[0] / k + 14;
      tip.style.left = Math.max(0, Math.min(left, home.width - tip.offsetWidth)) + "px";
      tip.style.top = r.top - home.top + near.at[1] / k + 12 + "px";
      tip.style.visibility = "visible";
    });
  }

  function draw() {
    stage.textContent = "";
    tip.style.visibility = "hidden";
    var width = Math.max(320, Math.min(940, box.clientWidth || 900));
    figure.panels.forEach(function (p) { panel(p, width); });
  }

  switches();
  draw();
  var timer;
  window.addEventListener("resize", function () { clearTimeout(timer); timer = setTimeout(draw, 150); });
});

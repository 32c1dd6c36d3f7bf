"use strict";
(function () {
  var root = document.documentElement, button = document.getElementById("theme");
  var keep = function (v) { try { v === undefined || localStorage.setItem("fastclip-theme", v); return localStorage.getItem("fastclip-theme"); } catch (e) { return null; } };
  var dark = function () { return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches; };
  var show = function () { button.textContent = dark() ? "light" : "dark"; };
  if (/^(light|dark)$/.test(keep())) root.dataset.theme = keep();
  button.hidden = false;
  show();
  button.onclick = function () { root.dataset.theme = dark() ? "light" : "dark"; keep(root.dataset.theme); show(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);

  // A click sorts by a column, the next one turns it round; rows without a number stay last.
  var value = function (row, i) {
    var cell = row.cells[i];
    if (!cell || cell.colSpan > 1) return { none: true };
    return "k" in cell.dataset ? { n: +cell.dataset.k } : { t: cell.textContent, none: cell.textContent.trim() === "-" };
  };
  document.querySelectorAll("table.sortable").forEach(function (table) {
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells), body = table.tBodies[0];
    heads.forEach(function (th, i) {
      th.tabIndex = 0;
      var sort = function () {
        var up = th.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        heads.forEach(function (h) { h.removeAttribute("aria-sort"); });
        th.setAttribute("aria-sort", up > 0 ? "ascending" : "descending");
        Array.prototype.slice.call(body.rows).map(function (row) { return { row: row, v: value(row, i) }; }).sort(function (a, b) {
          if (a.v.none || b.v.none) return (a.v.none ? 1 : 0) - (b.v.none ? 1 : 0);
          if ("n" in a.v && "n" in b.v) return up * (a.v.n - b.v.n);
          if ("n" in a.v !== "n" in b.v) return "n" in a.v ? -1 : 1;
          return up * a.v.t.localeCompare(b.v.t);
        }).forEach(function (x) { body.appendChild(x.row); });
      };
      th.onclick = sort;
      th.onkeydown = function (e) { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); sort(); } };
    });
  });
})();

/* Niceties of the consumer's pages. Every page works without this file. */
(function () {
  "use strict";

  var STROKES = 32;

  // A second press does nothing while the first is on its way. (The server would count both as one, too.)
  document.addEventListener("submit", function (event) {
    var button = event.target.querySelector("[data-once]");
    if (!button) return;
    if (button.getAttribute("aria-busy") === "true") event.preventDefault();
    button.setAttribute("aria-busy", "true");
  });
  // A refused form is a page that was posted: the back button should ask for it anew, not for sending the form once more.
  if (history.replaceState) history.replaceState(null, "", location.href);
  window.addEventListener("pageshow", function () {
    // the back button may bring the page back as it was left
    document.querySelectorAll("[data-once]").forEach(function (button) { button.removeAttribute("aria-busy"); });
  });

  // The digits and strokes of the time left. Counted from the server's number: this phone's clock may be wrong.
  function tick() {
    document.querySelectorAll("[data-left]").forEach(function (timer) {
      var whole = Number(timer.dataset.left);
      timer.startedAt = timer.startedAt || Date.now();
      var left = Math.max(0, Math.ceil(whole - (Date.now() - timer.startedAt) / 1000));
      var text = clock(left);
      if (timer.textContent !== text) timer.textContent = text;
      draw(timer, whole > 0 ? Number(timer.dataset.share) * left / whole : 0);
      if (left === 0 && whole > 0 && !timer.isOver) {
        timer.isOver = true;
        look();
      }
    });
  }

  function clock(seconds) {
    var two = function (number) { return (number < 10 ? "0" : "") + number; };
    return Math.floor(seconds / 3600) + ":" + two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
  }

  function draw(timer, share) {
    var rows = timer.closest(".deadline").querySelectorAll("path");
    var toGo = Math.min(STROKES, Math.max(0, Math.ceil(share * STROKES)));
    if (timer.drawn === toGo) return;
    timer.drawn = toGo;
    rows[0].setAttribute("d", strokes(0, STROKES - toGo));
    rows[1].setAttribute("d", strokes(STROKES - toGo, STROKES));
  }

  function strokes(from, to) {
    var path = "";
    for (var n = from; n < to; n++) path += "M" + (10 * n + 5) + " 1.5v7";
    return path;
  }

  // Looking for changes: at once when the time is over or the reader comes back, never while nobody looks.
  function look() {
    var page = document.querySelector("#page[hx-get]");
    if (page && window.htmx) window.htmx.trigger(page, "look");
  }
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (document.hidden) event.preventDefault();
  });
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) { tick(); look(); }
  });
  document.addEventListener("htmx:load", function (event) {
    reveal();
    if (event.target.id !== "page") return;
    var headline = event.target.querySelector("h1");
    var more = event.target.querySelector(".end .said");
    document.getElementById("said").textContent = headline.textContent + (more ? ". " + more.textContent : "");
    // who stood on a button that is gone goes on reading at the headline
    if (document.activeElement === document.body) headline.focus({ preventScroll: true });
  });

  // Passing the offer on: the phone's own sheet, else a copy.
  function reveal() {
    if (!navigator.share && !navigator.clipboard) return;
    document.querySelectorAll("[data-share]").forEach(function (button) { button.hidden = false; });
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-share]");
    if (!button) return;
    var url = button.dataset.share;
    if (navigator.share) return navigator.share({ url: url }).catch(function () {});
    navigator.clipboard.writeText(url).then(function () {
      var label = button.querySelector("span");
      var before = label.textContent;
      label.textContent = button.dataset.copied;
      document.getElementById("said").textContent = button.dataset.copied;
      setTimeout(function () { label.textContent = before; }, 2000);
    });
  });

  reveal();
  tick();
  setInterval(tick, 1000);
})();

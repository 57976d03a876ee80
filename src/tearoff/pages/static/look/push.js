/* The button that lets a shop send notifications about one coupon. Without push in the browser it stays hidden. */
(function () {
  "use strict";
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;

  function show() {
    if (Notification.permission === "denied") return;
    document.querySelectorAll("[data-push]").forEach(function (button) { button.hidden = false; });
  }

  // The page may be swapped for a newer one while it is open, so buttons are looked for when they are pressed.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-push]");
    if (!button || button.disabled) return;
    button.disabled = true;
    subscribed(button).then(
      function () { button.textContent = button.dataset.done; },
      function () { button.textContent = button.dataset.failed; button.disabled = false; }
    );
  });

  function subscribed(button) {
    return Notification.requestPermission().then(function (answer) {
      if (answer !== "granted") throw new Error(answer);
      return navigator.serviceWorker.register(button.dataset.worker);
    }).then(active).then(function (registration) {
      return allowed(registration.pushManager, bytes(button.dataset.key));
    }).then(function (subscription) {
      var told = subscription.toJSON();
      var form = new URLSearchParams({ endpoint: told.endpoint, p256dh: told.keys.p256dh, auth: told.keys.auth });
      return fetch(button.dataset.push, { method: "POST", body: form });
    }).then(function (answer) {
      if (!answer.ok) throw new Error(answer.status);
    });
  }

  // A subscription under a key that the server had before is of no use to it, and in the way of a new one.
  function allowed(manager, key) {
    var wanted = { userVisibleOnly: true, applicationServerKey: key };
    return manager.subscribe(wanted).catch(function (trouble) {
      if (trouble.name !== "InvalidStateError") throw trouble;
      return manager.getSubscription().then(function (old) {
        return old.unsubscribe();
      }).then(function () {
        return manager.subscribe(wanted);
      });
    });
  }

  // A worker that is still being installed cannot hold a subscription.
  function active(registration) {
    var worker = registration.installing || registration.waiting;
    if (registration.active || !worker) return registration;
    return new Promise(function (resolve, reject) {
      worker.addEventListener("statechange", function () {
        if (worker.state === "activated") resolve(registration);
        if (worker.state === "redundant") reject(new Error("redundant"));
      });
    });
  }

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }

  document.addEventListener("htmx:load", show);
  show();
})();

/* Shows a coupon's notifications and opens the coupon when one is tapped. It controls no page and keeps nothing. */
"use strict";

self.addEventListener("push", function (event) {
  var told = event.data ? event.data.json() : {};
  event.waitUntil(self.registration.showNotification(told.title || "", { body: told.body || "", data: told.url || "" }));
});

self.addEventListener("notificationclick", function (event) {
  event.notification.close();
  if (event.notification.data) event.waitUntil(self.clients.openWindow(event.notification.data));
});

/* Django's chooser for long lists takes its name from an element that is empty until something is chosen. Here it gets the
   name of its field, so that a screen reader says what is to be chosen. */
(function () {
  "use strict";

  function name() {
    document.querySelectorAll("select.select2-hidden-accessible").forEach(function (select) {
      var label = document.querySelector('label[for="' + select.id + '"]');
      var box = select.parentElement.querySelector(".select2-selection");
      if (!label || !box) return;
      label.id = label.id || select.id + "_label";
      var shown = box.querySelector(".select2-selection__rendered");
      box.setAttribute("aria-labelledby", label.id + " " + shown.id);
      shown.setAttribute("aria-labelledby", label.id);
    });
  }

  // The choosers are made when jQuery is ready, which may be after `load`; who waits in the same line comes after them.
  if (window.django && django.jQuery) django.jQuery(name);
})();

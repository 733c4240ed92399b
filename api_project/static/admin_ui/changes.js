"use strict";
// Unsaved changes of a form: a warning before one leaves them, and a copy in this browser that survives a crash.
{
  const PAUSE = 1000; // Milliseconds without a change, after which the copy is written.
  const NOT_KEPT = new Set(["csrfmiddlewaretoken", "shown_state", "_popup"]);
  const TYPES_NOT_KEPT = new Set(["submit", "button", "file", "password", "reset", "search"]);

  const controls = (form) =>
    [...form.elements].filter(({ name, type }) => name && !NOT_KEPT.has(name) && !TYPES_NOT_KEPT.has(type));

  const valueOf = (control) => {
    if (control.type === "checkbox" || control.type === "radio") return control.checked;
    if (control.type !== "select-multiple") return control.value;
    return [...control.selectedOptions].map(({ value }) => value).sort();
  };

  const read = (form) => controls(form).map((control) => [control.name, valueOf(control)]);

  // The texts of the choices, since the page that shows them again may not have them.
  const choices = (form) =>
    controls(form).flatMap(({ name, selectedOptions }) =>
      [...(selectedOptions ?? [])].map(({ value, text }) => [name, value, text]),
    );

  const select = (control, values, known) => {
    for (const [name, value, text] of known) {
      const isMissing = name === control.name && ![...control.options].some((option) => option.value === value);
      if (isMissing) control.add(new Option(text, value));
    }
    for (const option of control.options) option.selected = values.includes(option.value);
    globalThis.django?.jQuery?.(control).trigger("change");
  };

  const write = (form, kept) => {
    const left = [...kept.values];
    for (const control of controls(form)) {
      const at = left.findIndex(([name]) => name === control.name);
      if (at < 0) continue;
      const [[, value]] = left.splice(at, 1);
      if (typeof value === "boolean") control.checked = value;
      else if (control.options) select(control, [value].flat(), kept.choices);
      else control.value = value;
      control.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  // Of this tab, so that two tabs with the same form keep a copy each.
  const tab = () => {
    const id = sessionStorage.getItem("admin-tab") ?? Math.random().toString(36).slice(2);
    sessionStorage.setItem("admin-tab", id);
    return id;
  };

  const keptUnder = (prefix, id) => ({
    // The newest copy of this form, except those of other tabs that are still open: each holds a lock of its name.
    async find() {
      const open = (await navigator.locks?.query())?.held.map(({ name }) => name) ?? [];
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
      const closed = keys.filter((key) => key === prefix + id || !open.includes(key));
      const found = closed.map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }));
      return found.sort((one, other) => other.at.localeCompare(one.at))[0];
    },
    save(copy) {
      try {
        if (!document.documentElement.dataset.signedOut) localStorage.setItem(prefix + id, JSON.stringify(copy));
      } catch {
        // There is no room.
      }
    },
    forget: (key = prefix + id) => localStorage.removeItem(key),
  });

  const offer = (marker, found, take, discard) => {
    const box = marker.content.firstElementChild.cloneNode(true);
    box.querySelector("[data-at]").textContent = new Date(found.at).toLocaleString(document.documentElement.lang);
    box.querySelector("[data-take]").addEventListener("click", () => (take(), box.remove()));
    box.querySelector("[data-discard]").addEventListener("click", () => (discard(), box.remove()));
    marker.closest("form").prepend(box);
  };

  const showFirstError = (form) => {
    const field = form.querySelector("[aria-invalid=true]");
    const isHidden = field?.classList.contains("select2-hidden-accessible");
    const control = isHidden ? field.nextElementSibling.querySelector("input, [tabindex]") : field;
    control?.focus({ preventScroll: true });
    control?.scrollIntoView({ block: "center" });
  };

  const start = (marker) => {
    const { form, dataset } = { form: marker.closest("form"), dataset: marker.dataset };
    const isRefused = Boolean(dataset.refused);
    const shown = JSON.stringify(read(form));
    let isLeaving = false;

    if (isRefused) showFirstError(form);

    const isChanged = () => isRefused || JSON.stringify(read(form)) !== shown;

    form.addEventListener("submit", () => {
      isLeaving = true;
      setTimeout(() => (isLeaving = false), PAUSE);
    });
    addEventListener("beforeunload", (event) => {
      if (isChanged() && !isLeaving && !document.documentElement.dataset.signedOut) event.preventDefault();
    });
    if (dataset.keep) {
      try {
        keepChanges(marker, form, isChanged, shown);
      } catch {
        // The browser refuses storage.
      }
    }
  };

  const keepChanges = (marker, form, isChanged, shown) => {
    const { user, model, object, refused } = marker.dataset;
    const id = tab();
    const prefix = `admin-draft:${user}:${model}:${object || "new"}:`;
    const kept = keptUnder(prefix, id);
    let timer;

    const keep = () => {
      clearTimeout(timer);
      timer = undefined;
      if (!isChanged()) return kept.forget();
      const state = form.elements.shown_state?.value ?? "";
      kept.save({ at: new Date().toISOString(), state, values: read(form), choices: choices(form) });
    };

    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    };

    const take = (found) => {
      // What was stored then decides if somebody else has changed the object in the meantime.
      if (form.elements.shown_state && found.state) form.elements.shown_state.value = found.state;
      write(form, found);
      keep();
      if (found.key !== prefix + id) kept.forget(found.key);
    };

    const discard = (found) => {
      if (found.key !== prefix + id || !isChanged()) kept.forget(found.key);
    };

    form.addEventListener("input", later);
    form.addEventListener("change", later);
    globalThis.django?.jQuery?.(form).on("change", later); // Select2 tells jQuery alone.
    addEventListener("pagehide", () => timer && keep());
    document.addEventListener("visibilitychange", () => document.hidden && timer && keep());
    form.addEventListener("submit", () => {
      keep();
      sessionStorage.setItem("admin-submitted", prefix + id);
    });
    // A sign-out in another tab has removed the copy.
    addEventListener("storage", ({ key, newValue }) => key === "admin-signed-out" && newValue && keep());
    navigator.locks?.request(prefix + id, () => new Promise(() => {})); // Until the page is left.
    if (refused) return keep();
    kept.find().then((found) => {
      if (!found || JSON.stringify(found.values) === shown) return;
      offer(marker, found, () => take(found), () => discard(found));
    });
  };

  // After the widgets of the page have started.
  addEventListener("load", () => document.querySelectorAll("template.unsaved").forEach(start));
}

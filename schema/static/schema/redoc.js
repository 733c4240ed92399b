"use strict";

// Redoc's attribution asks its vendor's host for a logo, which the page's policy refuses. It leaves the logo out when
// the image fails, so that any image of another host is made to fail before it is asked for. React sets `src` both ways.
const own = (url) => (/^https?:/.test(url) && new URL(url).origin !== location.origin ? "data:," : url);
const source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");

Object.defineProperties(HTMLImageElement.prototype, {
  src: {
    ...source,
    set(url) {
      source.set.call(this, own(url));
    },
  },
  setAttribute: {
    value(name, value) {
      Element.prototype.setAttribute.call(this, name, name === "src" ? own(value) : value);
    },
  },
});

const container = document.getElementById("redoc");
const { fontFamily } = getComputedStyle(document.body);

Redoc.init(
  container.dataset.schemaUrl,
  { theme: { typography: { fontFamily, headings: { fontFamily } } } },
  container,
);

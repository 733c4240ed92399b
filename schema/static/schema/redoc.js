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

const DARK = {
  codeBlock: { backgroundColor: "#0d1014" },
  colors: {
    primary: { main: "#8ab4f8" },
    success: { main: "#6cc070" },
    error: { main: "#ff8a80" },
    text: { primary: "#e4e6e6", secondary: "#b7bcbf" },
    gray: { 50: "#23282b", 100: "#2b3134" },
    border: { dark: "#3d4448", light: "#2b3134" },
  },
  rightPanel: { backgroundColor: "#15191b" },
  schema: { nestedBackground: "#23282b", linesColor: "#5a6368", typeNameColor: "#b7bcbf" },
  sidebar: { backgroundColor: "#171b1d", textColor: "#e4e6e6" },
  typography: { code: { backgroundColor: "#2b3134", color: "#f28b82" } },
};

const withSamples = (document) => {
  for (const { path, method, operation } of operationsOf(document)) {
    const request = exampleRequest(path, method, operation, document);
    operation["x-codeSamples"] = LANGUAGES.map(({ label, lang, write }) => ({ label, lang, source: write(request) }));
  }
  return document;
};

const show = async () => {
  const container = document.getElementById("redoc");
  const { schemaUrl } = container.dataset;
  const { fontFamily } = getComputedStyle(document.body);
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const colours = isDark.matches ? DARK : {};
  const typography = { ...colours.typography, fontFamily, headings: { fontFamily } };
  const options = { downloadDefinitionUrl: schemaUrl, hideSchemaPattern: true, theme: { ...colours, typography } };
  const described = await (await fetch(schemaUrl)).json();
  Redoc.init(withSamples(forReaders(described)), options, container);
  isDark.addEventListener("change", () => location.reload()); // Redoc takes its colours once.
};

show();

"use strict";

// Swagger UI parses and normalises the whole document for each operation that a reader opens, which takes a second. Here
// it gets the part that the operation refers to.

const referencesIn = (value) => {
  if (!value || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, each]) =>
    name === "$ref" && typeof each === "string" ? [each] : referencesIn(each),
  );
};

const copyPlace = (names, from, to) => {
  const parent = names.slice(0, -1).reduce((within, name) => (within[name] ??= {}), to);
  parent[names.at(-1)] = valueAt(names, from);
};

// What is at the path, and all that it refers to. A path item counts as a whole: operations inherit from it. Links name
// other operations, which Swagger UI does not look up.
const partOf = (document, path) => {
  const part = { ...document, paths: {}, components: {} };
  const references = new Set();
  const add = (names) => {
    copyPlace(names, document, part);
    referencesIn(valueAt(names, document)).forEach((each) => references.add(each));
  };
  add(path[0] === "paths" ? path.slice(0, 2) : path);
  for (const reference of references) add(namesIn(reference)); // Also those that are added meanwhile.
  return part;
};

const Subtrees = (system) => {
  const { resolveSubtree } = system.fn;
  return { fn: { resolveSubtree: (document, path, options) => resolveSubtree(partOf(document, path), path, options) } };
};

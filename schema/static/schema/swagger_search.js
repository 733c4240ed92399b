"use strict";

// A search over the names, paths, descriptions and parameters of operations. Swagger UI's own knows the names of tags only.

const searchedText = (document) => {
  const texts = new Map();
  const groups = new Map(document.tags.map((tag) => [tag.name, `${tag.name} ${tag["x-displayName"] ?? ""}`]));
  for (const { path, method, operation } of operationsOf(document)) {
    const name = [groups.get(operation.tags[0]), method, path, operation.summary].join(" ").toLowerCase();
    const parameters = (operation.parameters ?? []).map((each) => resolve(each, document));
    const about = [operation.description, ...parameters.flatMap((each) => [each.name, each.description])];
    texts.set(`${method} ${path}`, { name, all: `${name} ${about.join(" ")}`.toLowerCase() });
  }
  return texts;
};

const Search = (system) => {
  const { createElement: h } = system.React;
  let texts = new Map();
  const phrase = () => system.layoutSelectors.currentFilter();
  const isSearching = () => typeof phrase() === "string" && phrase() !== "";
  const search = (text) => system.layoutActions.updateFilter(text);
  const textOf = (each) => texts.get(`${each.get("method")} ${each.get("path")}`);

  const Field = () =>
    h(
      "div",
      { className: "wrapper" },
      h("input", {
        "aria-label": "Search the operations",
        className: "operation-filter-input",
        onChange: (event) => search(event.target.value),
        placeholder: "Search names, descriptions, parameters…",
        type: "search",
        value: isSearching() ? phrase() : "",
      }),
    );

  const Nothing = () =>
    h(
      "div",
      { className: "nothing-found", role: "status" },
      h("p", null, `No operation has “${phrase()}” in its name, description or parameters. Try fewer or shorter words.`),
      h("button", { className: "btn", onClick: () => search("") }, "Show all operations"),
    );

  return {
    fn: {
      // Those with the words in their names come first in each group.
      opsFilter: (groups, text) => {
        const words = text.toLowerCase().split(/\s+/);
        const has = (of) => (each) => words.every((word) => textOf(each)[of].includes(word));
        return groups
          .map((group) =>
            group.update("operations", (all) => all.filter(has("all")).sortBy((each) => !has("name")(each))),
          )
          .filter((group) => !group.get("operations").isEmpty());
      },
    },
    components: { FilterContainer: Field },
    wrapComponents: {
      operations: (Original) => (props) =>
        isSearching() && system.specSelectors.taggedOperations().isEmpty() ? h(Nothing) : h(Original, props),
    },
    statePlugins: {
      spec: {
        wrapActions: {
          updateJsonSpec: (original) => (document) => {
            texts = searchedText(document);
            return original(document);
          },
        },
      },
      layout: {
        wrapSelectors: {
          // Selectors rather than actions, since each action of the layout would change the address of the page.
          isShown: (original) => (state, thing, byDefault) =>
            thing[0] === "operations-tag" && isSearching() ? true : original(thing, byDefault),
        },
      },
    },
  };
};

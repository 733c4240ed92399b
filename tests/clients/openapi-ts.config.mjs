// Node.js resolves no import without its extension; bundlers do, and need none of this.
export default { output: { path: "api", module: { extension: ".js" } } };

import { createSvgIcon } from "@mui/material/utils";
import { createElement } from "react";

export default createSvgIcon(createElement("path", { d: "M4 4h16v16H4z" }), "Square");

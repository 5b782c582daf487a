// The browser wallet: one page for all its screens.

import "./wallet.css";
import { render } from "preact";
import { begin } from "./act.ts";
import { Frame } from "./frame.tsx";
import { lang, wantedLang } from "./words.ts";

const mount = document.getElementById("wallet");
if (mount) {
  lang.value = wantedLang(location.search, navigator.languages);
  document.documentElement.lang = lang.value;
  render(<Frame />, mount);
  void begin();
}

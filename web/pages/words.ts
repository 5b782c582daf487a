// The words of page scripts, in the language of the page.

import { speak, type Words } from "@resonate/lib/words";
import de from "../words/pages.de.ftl?raw";
import en from "../words/pages.en.ftl?raw";

export const say: Words = speak({ en, de }, document.documentElement.lang);

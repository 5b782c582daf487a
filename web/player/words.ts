// The words of the player, in the language of the page.

import { speak, type Words } from "@resonate/lib/words";
import de from "../words/player.de.ftl?raw";
import en from "../words/player.en.ftl?raw";

const tag = typeof document === "undefined" ? "en" : document.documentElement.lang;

export const say: Words = speak({ en, de }, tag);

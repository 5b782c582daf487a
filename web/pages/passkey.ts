// The one script of the sign-in and the join page.

import { mountJoin } from "./join.ts";
import { mountLogin } from "./login.ts";

const join = document.querySelector<HTMLFormElement>("form#join");
const root = document.querySelector<HTMLElement>("#passkey, #ctl-passkey[data-ix]");
const ix = root?.dataset.ix ?? root?.closest<HTMLElement>("[data-ix]")?.dataset.ix;

if (join) void mountJoin(join);
else if (root && ix) void mountLogin(root, ix);

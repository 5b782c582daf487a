// The paths of the screens. The page, the service worker and the server read the same list.

import routes from "./routes.json";

export const SCREENS: readonly string[] = routes;

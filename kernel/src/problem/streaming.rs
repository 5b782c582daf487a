//! Refusals of `streaming`.

super::slugs! { STREAMING:
    GRANT_MISSING = "grant-missing", 401, "These bytes need a grant", "The address holds no grant, the g parameter that a start of a play or a preview gives.", "Start the play, or ask for the preview, and use the address of that answer.";
    GRANT_MALFORMED = "grant-malformed", 401, "The grant cannot be read", "The g parameter is not one grant of 55 characters in a known version.", "Use the address exactly as the server gave it.";
    GRANT_FORGED = "grant-forged", 403, "The grant is not for these bytes", "The grant was made for other bytes, by another server, or was changed.", "Start the play again; use each address only as given.";
    GRANT_EXPIRED = "grant-expired", 403, "The grant has run out", "The time of this grant has passed. The play itself is kept.", "Send a beat of the play; its answer holds a fresh address.";
    GRANT_FUTURE = "grant-future", 403, "The grant is from the future", "The grant ends later than any grant of ours may.", "Start the play again; operators: compare the clocks of the servers.";
    PLAY_ENDED = "play-ended", 403, "This play has ended", "The play was ended, or another start took its place. No more bytes are served for it.", "Start the track again.";
    PLAY_BUSY = "play-busy", 429, "Too many connections for one play", "Four connections already read this play.", "Close one, then ask again.";
    PLAY_GATE = "play-gate", 429, "The play has not counted yet", "Bytes past this point are served once the play has counted. The play is kept.", "Ask again when the play has counted, or after Retry-After.";
    MEDIA_DAMAGED = "media-damaged", 503, "The sound file is damaged or missing", "The stored file is not what it should be. Nothing was charged.", "Operators: restore the object from a copy; its name is its hash.";
    NOT_READY = "not-ready", 409, "The track is not ready to be published", "A sound file is missing or empty, or a signature is.", "Finish the missing stage, then publish again.";
    RANGE_UNSATISFIABLE = "range", 416, "The range cannot be served", "The Range header is not well-formed, or begins past the end.", "Ask for a range inside the length given in Content-Range.";
    RANGE_MULTIPLE = "range-multiple", 416, "One range at a time", "The Range header names more than one range.", "Ask for one range in each request.";
    RANGE_NEEDED = "range-needed", 400, "A range is needed", "Until the play has counted the whole file is not served at once.", "Send a Range header, as media players do.";
    RANGE_REPEATED = "range-repeated", 400, "The Range header stands twice", "Two Range headers cannot both be obeyed.", "Send one.";
    SESSION_NEEDED = "session-needed", 401, "There is no play session for this key", "No play session belongs to the key that signed this request, or it has ended.", "Sign in, or show a Listener card, at POST /play/session.";
    CROSS_SITE = "cross-site", 403, "This was asked from another site", "A browser says that another site made this request.", "Use the pages of this site.";
    PRICE_CHANGED = "price-changed", 409, "The price is not the one you saw", "The play costs more than the most that was signed. Nothing was charged.", "Look at the price in this answer and start again with it.";
    PLAY_REUSED = "play-reused", 409, "This play id was used before", "The id names another play, or one that has ended.", "Draw a fresh id for each start.";
    NOT_YET = "not-yet", 403, "This is not open yet", "The track opens at the time given in opens_at.", "Come back then.";
    WITHDRAWN = "withdrawn", 410, "The artist has withdrawn this track", "It can be played by those who own it only.", "Look for another release of the artist.";
    BLOCKED = "blocked", 451, "This track is blocked by a legal order", "A legal order forbids playing it to anyone.", "There is nothing you can do here; the co-op publishes the orders it receives.";
    TERRITORY = "territory", 451, "This track is not offered where you are", "The artist did not open the track for the region your player names.", "Check the region in your settings.";
    EXPLICIT_OFF = "explicit-off", 403, "You chose not to hear explicit tracks", "The track is marked explicit and your setting is off.", "Change the setting in the player if you wish to hear it.";
    RIGHTS_OFF = "rights-off", 403, "The artist does not offer this", "The rights of the track do not include what was asked.", "The preview may be offered; the track's page says so.";
    BEAT_IMPOSSIBLE = "beat-impossible", 422, "The reported time is impossible", "Heard time went back, or ran faster than the clock. This play can no longer count.", "Start the track again; players: report only what was heard.";
    DAY_OPEN = "day-open", 404, "This day is not closed", "A day is closed once no play of it can still count.", "Ask again later.";
}

//! Refusals any module can give.

super::slugs! { COMMON:
    MALFORMED = "malformed-request", 400, "The request could not be read", "The body, the query or a header is not well-formed; for JSON also when a name stands twice.", "Compare the request with the API's description and send it again. Nothing was changed.";
    NOT_FOUND = "not-found", 404, "There is nothing here", "The address names nothing, or nothing that is yours to see.", "Check the address. If a link of ours led here, tell us.";
    METHOD = "method-not-allowed", 405, "This address takes another method", "The method is not one this address knows; the Allow header lists those it does.", "Use a method of the Allow header.";
    CONFLICT = "conflict", 409, "This was changed or used already", "Another request came first, or the same id was used with other content.", "Load the thing anew and decide again. Nothing of this request was stored.";
    GONE = "gone", 410, "This has ended", "The link, code or page had an end and it has passed.", "Start again from the page that gave it to you.";
    TOO_LARGE = "request-too-large", 413, "The request is too large", "The body is larger than this address accepts.", "Send less, or send it in parts where the API offers that.";
    URL_TOO_LONG = "url-too-long", 414, "The address is too long", "The path and query together exceed 8 kB.", "Send long things in the body.";
    MEDIA_TYPE = "media-type", 415, "This content type is not accepted here", "The Content-Type header names a form this address does not read.", "Send the content type the API's description names.";
    HOST_UNKNOWN = "host-unknown", 421, "This server does not answer for that name", "The Host header is not one of the configured origins.", "Use the address the co-op publishes; operators: check origins in the configuration and the proxy.";
    UNKNOWN_FIELD = "unknown-field", 422, "The request holds an unknown field", "A member of the JSON body is not one this address knows, so it was not guessed at.", "Remove or correct the field named in the detail.";
    INVALID_FIELD = "invalid-field", 422, "A field has a value that is not allowed", "A member of the request is well-formed but outside what is allowed.", "Correct the field named in the detail.";
    TOO_MANY = "too-many", 429, "Too many requests", "This address was asked too often from here in a short time.", "Wait as long as the Retry-After header says.";
    HEADERS_TOO_LARGE = "headers-too-large", 431, "The request's headers are too large", "The headers or cookies together exceed 16 kB.", "Clear this site's cookies and try again.";
    FORBIDDEN = "forbidden", 403, "This is not allowed", "You are known, yet this act is not open to you.", "If you think it should be, ask the co-op's staff.";
    FORM_STALE = "form-stale", 403, "This form is from another visit", "The form's token does not belong to this browser, or came from another site.", "Load the page again and send the form once more.";
    LOGIN_NEEDED = "login-needed", 401, "You need to sign in", "There is no login here, or it has ended.", "Sign in and try again; what you typed is kept by your browser.";
    INTERNAL = "internal", 500, "Something broke on our side", "A fault in this server. Your request was not carried out.", "Try again later; if it stays, tell us the request id.";
    BUSY = "busy", 503, "The server is busy", "More work waits than can be done now. Nothing was stored.", "Try again after the time in Retry-After.";
    PEER_AWAY = "peer-away", 503, "A part of the platform cannot be reached", "Another part of the platform, needed for this, did not answer. Nothing was changed.", "Try again shortly; other parts go on working.";
    STORAGE_FULL = "storage-full", 507, "The server's disk is full", "Nothing more can be written; reading goes on. Nothing of this request was stored.", "Operators: free space, the server then heals by itself.";
    CLOCK = "clock", 503, "The server's clock is wrong", "The server's clock went back, so times cannot be trusted.", "Operators: mend the clock; the server then heals by itself.";
}

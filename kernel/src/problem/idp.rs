//! Refusals of `idp`. Names with an underscore are the error codes of OAuth and OpenID Connect.

super::slugs! { IDP:
    CLIENT_UNKNOWN = "client-unknown", 400, "This app is not known here", "The app that sent you names itself by an id we do not know.", "Go back to the app and tell its makers. Nothing was sent to anyone.";
    CLIENT_DISABLED = "client-disabled", 403, "This app is switched off", "The co-op has switched this app off; it gets no sign-in.", "Ask the app's makers. Your account is not affected.";
    PARAMETER_REPEATED = "parameter-repeated", 400, "The app's request says one thing twice", "The app's id, return address or scope stands more than once, so it is unclear who asks.", "Go back to the app and try again; tell its makers if it stays.";
    REDIRECT_UNREGISTERED = "redirect-unregistered", 400, "The app's return address is not registered", "The app asks us to send you to an address it has not registered, so we do not.", "Tell the app's makers: the address must be the registered one byte for byte.";
    REQUEST_URI_DEAD = "request-uri-dead", 400, "This sign-in link has ended", "The app prepared this sign-in, but it is over, was used, or belongs to another app.", "Go back to the app and sign in again.";
    WRONG_BROWSER = "wrong-browser", 403, "This sign-in belongs to another browser", "It was begun in another browser, or its cookie is gone. It is untouched there.", "Finish it where you began, or start again at the app.";
    FLOW_EXPIRED = "flow-expired", 410, "This sign-in is over", "A sign-in stays open for fifteen minutes and ends once. This one has ended.", "Start again at the app.";
    ADMISSION_NEEDED = "admission-needed", 400, "Joining needs a piece of work", "An account is given against a proof of work or an invitation, and none was sent.", "Fetch /join/challenge, do the work and send it as resonate_admission.";
    POW_REFUSED = "pow-refused", 400, "The piece of work is not accepted", "The proof of work is wrong, too old, or was used for another account.", "Fetch a new challenge and do the work again; the page does it by itself.";
    INVITE_REFUSED = "invite-refused", 400, "The invitation is not accepted", "The invitation is unknown, ended, or used up.", "Ask whoever invited you for a new one, or join by proof of work.";
    HANDLE_TAKEN = "handle-taken", 409, "This handle is taken", "Someone else goes by that handle.", "Choose another handle, or let two words be drawn.";
    HANDLE_REFUSED = "handle-refused", 422, "This cannot be a handle", "A handle has 3 to 30 of a-z, 0-9 and single inner hyphens, and some words are kept for the co-op.", "Choose another handle, or let two words be drawn.";
    PASSKEY_REFUSED = "passkey-refused", 400, "The passkey is not accepted", "A check of the passkey failed. Which one is not said, so that nobody can try them one by one.", "Try once more; if it stays, use another passkey or another way in.";
    PASSKEY_NOT_DISCOVERABLE = "passkey-not-discoverable", 409, "This device did not keep the passkey", "The passkey was made but not stored so that it can be found again without a user name.", "Use another device or password manager to hold the passkey.";
    WALLET_REFUSED = "wallet-refused", 400, "The wallet's answers were not accepted", "Five answers of a wallet to one request failed the checks, so the request is closed.", "Go back to the sign-in page and begin again.";
    WALLET_UNKNOWN = "wallet-unknown", 403, "This wallet has no account yet", "The wallet's key is good, but no account goes with it and this was not a request to join.", "Join with the wallet first, or choose another way to sign in.";
    LOGOUT_HINT_REFUSED = "logout-hint-refused", 400, "The app's sign-out request is not genuine", "The app shows a token that is not ours, so nothing was ended.", "Sign out here yourself if you want to.";
    ACCOUNT_LOCKED = "account-locked", 403, "This account is locked", "The co-op has locked this account.", "Write to the co-op's staff.";
    INVALID_REQUEST = "invalid_request", 400, "The request is not well-formed", "A parameter is missing, stands twice, or has a value that is not allowed.", "Compare the request with the specification; error_description says which rule.";
    INVALID_CLIENT = "invalid_client", 401, "The app did not prove itself", "The id is unknown, the secret or assertion is wrong, or another method is registered.", "Check id, secret and token_endpoint_auth_method.";
    INVALID_GRANT = "invalid_grant", 400, "The code or token is not accepted", "It is unknown, over, used, or belongs to another app, address, verifier or key.", "Start the sign-in again.";
    INVALID_SCOPE = "invalid_scope", 400, "The scope is not allowed", "The app asks for something it may not have, or for nothing we know.", "Ask for registered scopes only.";
    INVALID_TARGET = "invalid_target", 400, "The resource is not known", "The resource parameter names nothing tokens are made for, or another than was allowed.", "Name one resource of the documentation (RFC 8707).";
    UNAUTHORIZED_CLIENT = "unauthorized_client", 400, "The app may not use this grant", "The grant type is not one the app is registered for.", "Register the grant type.";
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type", 400, "This grant type does not exist here", "The grant type is not one discovery lists.", "Use a grant type of the discovery document.";
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type", 400, "This response type does not exist here", "Only the code response type is offered.", "Use response_type=code with PKCE.";
    ACCESS_DENIED = "access_denied", 403, "The person said no", "The sign-in was declined or left.", "Nothing to mend: the person decides.";
    LOGIN_REQUIRED = "login_required", 400, "Nobody is signed in", "The app asked for an answer without a page, but a page is needed to sign in.", "Send the request without prompt=none.";
    CONSENT_REQUIRED = "consent_required", 400, "The person has not agreed yet", "The app asked for an answer without a page, but a page is needed to agree.", "Send the request without prompt=none.";
    UNMET_AUTHENTICATION_REQUIREMENTS = "unmet_authentication_requirements", 400, "The demanded strength cannot be reached", "The app demands a sign-in that is not possible here.", "Ask for an acr value of the discovery document.";
    REQUEST_NOT_SUPPORTED = "request_not_supported", 400, "Signed requests are not read here", "The request parameter is not supported.", "Push the request instead (RFC 9126).";
    REQUEST_URI_NOT_SUPPORTED = "request_uri_not_supported", 400, "Foreign request addresses are not read here", "Only request addresses that we gave out are read; nothing was fetched.", "Push the request instead (RFC 9126).";
    REGISTRATION_NOT_SUPPORTED = "registration_not_supported", 400, "Registration inside a request is not read here", "The registration parameter is not supported.", "Register the app first.";
    INSUFFICIENT_SCOPE = "insufficient_scope", 403, "The access token does not open this", "A scope is needed that the token does not have.", "Ask for the scope in the sign-in.";
    INSUFFICIENT_USER_AUTHENTICATION = "insufficient_user_authentication", 401, "A stronger or fresher sign-in is needed", "What you are doing needs a proof that is stronger or newer than this login.", "Sign in again with the acr_values the answer names.";
    INVALID_TRANSACTION_ID = "invalid_transaction_id", 400, "There is no such transaction", "No card waits to be fetched under this id.", "Ask for the card again at /credential.";
    INVALID_PROOF = "invalid_proof", 400, "The proof of a key is not accepted", "A proof for issuing is missing, malformed, for another issuer, or of a key used twice.", "Make fresh proofs with the nonce of /nonce (OpenID4VCI 1.0, 8.3.1).";
    INVALID_NONCE = "invalid_nonce", 400, "The nonce of the proofs is not accepted", "The nonce is missing, old, foreign, or was used before.", "Fetch a new nonce at /nonce and make the proofs again.";
    INVALID_CREDENTIAL_REQUEST = "invalid_credential_request", 400, "The request for cards is not well-formed", "A member is missing, stands where another is needed, or has a value that is not allowed.", "Compare the request with OpenID4VCI 1.0, section 8.2.";
    INVALID_ENCRYPTION_PARAMETERS = "invalid_encryption_parameters", 400, "Encrypted answers are not offered here", "The request asks for an encrypted answer.", "Leave out credential_response_encryption.";
    UNKNOWN_CREDENTIAL_CONFIGURATION = "unknown_credential_configuration", 400, "This kind of card does not exist here", "The configuration is not one of the issuer's metadata.", "Use a configuration of the issuer's metadata.";
    UNKNOWN_CREDENTIAL_IDENTIFIER = "unknown_credential_identifier", 400, "This card is not known", "The identifier is not one the token answer gave.", "Use what the token answer gave, or the configuration id.";
    INVALID_NOTIFICATION_REQUEST = "invalid_notification_request", 400, "The notification is not well-formed", "The event is missing or not one there is.", "Send one of the events of OpenID4VCI 1.0, section 11.";
    INVALID_NOTIFICATION_ID = "invalid_notification_id", 400, "This notification is not known", "The id is not one that came with a card of yours.", "Send the notification_id that came with the cards.";
}

# Answers to an app by form
form-post-title = Weiter zur App
form-post-lead = Du gehst jetzt zurück zu { $host }.
form-post-go = Weiter
form-post-learns = dass du weitergegangen bist
form-post-learns-not = was du dort tust
# Ways in
choose-title = Bei { $app } anmelden
choose-lead = Danach gehst du zurück zu { $host }.
choose-own = deinem Konto
choose-stronger = Diese App verlangt eine stärkere Anmeldung. Wähle unten eine.
choose-passkey = Mit Passkey anmelden
choose-wallet = Mit Wallet anmelden
choose-join = Unter Pseudonym beitreten
choose-demo = Personen der Vorführung
choose-cancel = Zurück zur App
choose-noscript = Ein Passkey braucht JavaScript in diesem Browser.
choose-learns = welches Konto du nutzt und welche App fragt
choose-learns-not = deinen Namen, deine E-Mail-Adresse, was du in der App tust
# Consent
consent-title = { $app } bittet um Zugang
consent-host = Sie führt dich zurück zu
consent-known = Der Genossenschaft bekannt
consent-verified = Ja, die Genossenschaft hat diese App angesehen.
consent-unverified = Nein. Niemand in der Genossenschaft hat diese App angesehen.
consent-app-learns = Die App darf
consent-scope-openid = dich wiedererkennen, an einem Namen nur für diese App
consent-scope-profile = den Spitznamen unten und deine Sprache sehen
consent-scope-offline = verbunden bleiben, bis du es in deinem Konto beendest
consent-scope-play = Musik abspielen, bezahlt aus deiner Börse und in deinen Grenzen
consent-scope-credential = deine Hörkarten erhalten
consent-scope-account = dein Konto zeigen und ändern: Zugänge, Anmeldungen, Apps
consent-resource = { $host } in deinem Namen benutzen, das dich unter einem anderen Namen kennt
consent-not = Sie sieht weder dein Handle noch deine E-Mail-Adresse noch deine anderen Apps.
consent-nickname = Spitzname für diese App
consent-nickname-hint = Lass ihn leer, um keinen Namen zu zeigen.
consent-deny = Nicht erlauben
consent-allow = App erlauben
consent-learns = deine Entscheidung und den Spitznamen
consent-learns-not = was du in der App tust
# Logout
logout-title = Bei Resonate abmelden?
logout-lead = Dieser Browser wird hier abgemeldet, und die Apps, die du von hier genutzt hast, erfahren es.
logout-app = Die App { $app } bittet, dich abzumelden.
logout-back = Danach gehst du zurück zu { $host }.
logout-yes = Abmelden
logout-no = Angemeldet bleiben
logout-learns = dass dieser Browser sich abmeldet
logout-learns-not = sonst nichts
logout-done-title = Du bist abgemeldet
logout-done-lead = Dieser Browser ist hier nicht mehr angemeldet.
# Home
home-title = Deine Identität bei Resonate
home-lead = Ein Pseudonym für Musik und Apps. Keine E-Mail-Adresse, keine Telefonnummer, kein Klarname.
home-join = Unter Pseudonym beitreten
home-listen = Musik hören
home-account = Dein Konto ansehen
# Problems
problems-title = Was unsere Antworten bedeuten
problem-fix = Was zu tun ist
problem-code = Code
problem-status = HTTP-Status
problem-example = Beispiel

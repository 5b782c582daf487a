# Beitreten mit einem Passkey
join-title = Bei Resonate anmelden
join-lead = Wähle einen Namen und lass dieses Gerät einen Passkey anlegen. Keine E-Mail-Adresse, kein Klarname, kein Passwort.
join-handle = Name
join-hint = 3 bis 30 Zeichen aus a-z, 0-9 und einzelnen Bindestrichen. Jede App sieht einen anderen Namen von dir; dieser bleibt hier.
join-invited = Ich habe eine Einladung
join-invite = Einladung
join-invite-hint = Ohne Einladung rechnet dein Gerät stattdessen, etwa eine Sekunde.
join-age = Mit dem Anmelden sagst du, dass du 16 oder älter bist.
join-button = Mit einem Passkey anmelden
join-noscript = Ein Passkey braucht JavaScript in diesem Browser. Ohne geht es mit resonate-wallet im Terminal.
join-other = Stattdessen einloggen
join-learns = einen Namen und einen öffentlichen Schlüssel nur für Resonate
join-learns-not = wer du bist, deine E-Mail-Adresse oder wo du sonst Passkeys benutzt
# Zurück vom Wallet
back-title = Zurück von deinem Wallet
back-lead = Dein Wallet hat geantwortet. Diese Seite geht von selbst weiter; wenn nicht, füge den Code ein, den dein Wallet gezeigt hat.
back-label = Code aus deinem Wallet
back-button = Weiter
back-other = Anders einloggen
# Ein Wallet auf einem anderen Gerät
qr-title = Nimm das Wallet auf deinem anderen Gerät
qr-lead = Öffne dieses Bild mit deinem Wallet und tippe dort die Zahl ein. Diese Seite geht von selbst weiter.
qr-stale = Das Bild wurde 90 Sekunden gezeigt. Zeichne ein neues, um weiterzugehen.
qr-answered = Dein Wallet hat geantwortet.
qr-refused = Dein Wallet hat nein gesagt. Niemand wurde angemeldet.
qr-closed = Fünf Antworten eines Wallets wurden nicht angenommen; dieses Bild öffnet nichts mehr (wallet-refused).
qr-picture = Ein Bild für dein Wallet: Es enthält die Adresse, die darunter steht
qr-number = Zahl zum Eintippen:
qr-address = Die Adresse im Bild
qr-warn = Nur für dein eigenes Wallet, während du diese Seite siehst. Wer dir so ein Bild schickt, will sich als du anmelden.
qr-look = Nach der Antwort sehen
qr-go = Mit der Antwort anmelden
qr-again = Neues Bild zeichnen
qr-other = Anders einloggen
qr-learns = welches Konto die Karte nennt
qr-learns-not = auf welchem Gerät dein Wallet ist

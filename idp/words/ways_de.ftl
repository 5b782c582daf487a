# Beitreten mit einem Passkey
join-title = Bei Resonate anmelden
join-lead = Wähle einen Namen und lass dieses Gerät einen Passkey anlegen. Keine E-Mail-Adresse, kein Klarname, kein Passwort.
join-handle = Name
join-hint = 3 bis 30 Zeichen aus a-z, 0-9 und einzelnen Bindestrichen. Jede App sieht einen anderen Namen von dir; dieser bleibt hier.
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

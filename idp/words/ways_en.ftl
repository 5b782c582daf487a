# Joining with a passkey
join-title = Join Resonate
join-lead = Choose a handle and let this device make a passkey. No e-mail address, no name, no password.
join-handle = Handle
join-hint = 3 to 30 of a-z, 0-9 and single hyphens. Apps see another name for you at each of them; the handle stays here.
join-invited = I have an invitation
join-invite = Invitation
join-invite-hint = Without one your device does a piece of work instead, about a second.
join-age = By joining you say that you are 16 or older.
join-button = Join with a passkey
join-noscript = A passkey needs JavaScript in this browser. Without it you can join with resonate-wallet from a terminal.
join-other = Sign in instead
join-learns = a handle and one public key made for Resonate
join-learns-not = who you are, your e-mail address, or where else you use a passkey
# Back from the wallet
back-title = Back from your wallet
back-lead = Your wallet has answered. This page goes on by itself; if it does not, paste the code your wallet showed.
back-label = Code from your wallet
back-button = Go on
back-other = Choose another way to sign in
# A wallet on another device
qr-title = Use the wallet on your other device
qr-lead = Open this picture with your wallet and type the number there. This page goes on by itself.
qr-stale = The picture was shown for 90 seconds. Draw a new one to go on.
qr-answered = Your wallet has answered.
qr-refused = Your wallet said no. Nothing was signed in.
qr-closed = Five answers of a wallet were not accepted, so this picture opens nothing any more (wallet-refused).
qr-picture = A picture for your wallet: it holds the address that stands below it
qr-number = Number to type:
qr-address = The address in the picture
qr-warn = Only for your own wallet, while you look at this page. Somebody who sends you such a picture wants to sign in as you.
qr-look = Look for the answer
qr-go = Sign in with the answer
qr-again = Draw a new picture
qr-other = Choose another way to sign in
qr-learns = which account the card names
qr-learns-not = which device your wallet is on

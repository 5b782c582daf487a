# Joining with a passkey
join-title = Join Resonate
join-lead = Choose a handle and let this device make a passkey. No e-mail address, no name, no password.
join-handle = Handle
join-hint = 3 to 30 of a-z, 0-9 and single hyphens. Apps see another name for you at each of them; the handle stays here.
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

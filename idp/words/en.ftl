# Answers to an app by form
form-post-title = Go on to the app
form-post-lead = You go back to { $host } now.
form-post-go = Go on
form-post-learns = that you went on
form-post-learns-not = what you do there
# Ways in
choose-title = Sign in to { $app }
choose-lead = Afterwards you go back to { $host }.
choose-own = your account
choose-stronger = This app asks for a stronger way to sign in. Choose one below.
choose-passkey = Sign in with a passkey
choose-wallet = Sign in with a wallet
choose-join = Join under a pseudonym
choose-demo = Demo personas
choose-cancel = Back to the app
choose-noscript = A passkey needs JavaScript in this browser.
choose-learns = which account you use and which app asks
choose-learns-not = your name, your e-mail address, what you do in the app
# Consent
consent-title = { $app } asks for access
consent-host = It returns you to
consent-known = Known to the co-op
consent-verified = Yes, the co-op has looked at this app.
consent-unverified = No. Nobody at the co-op has looked at this app.
consent-app-learns = The app may
consent-scope-openid = recognise you when you come back, by a name made for this app alone
consent-scope-profile = see the nickname you choose below and your language
consent-scope-offline = stay connected until you end it in your account
consent-scope-play = play music, paid from your purse within your limits
consent-scope-credential = receive your listener cards
consent-scope-account = show and change your account: ways in, logins, apps
consent-resource = use { $host } in your name, which knows you by another name
consent-not = It does not see your handle, your e-mail address, or the other apps you use.
consent-nickname = Nickname for this app
consent-nickname-hint = Leave it empty to show no name.
consent-deny = Do not allow
consent-allow = Allow this app
consent-learns = your decision and the nickname
consent-learns-not = what you do in the app
# Logout
logout-title = Sign out of Resonate?
logout-lead = This browser is signed out here, and the apps you used from it are told.
logout-app = The app { $app } asks to sign you out.
logout-back = Afterwards you go back to { $host }.
logout-yes = Sign out
logout-no = Stay signed in
logout-learns = that this browser signs out
logout-learns-not = anything else
logout-done-title = You are signed out
logout-done-lead = This browser is no longer signed in here.
# Home
home-title = Your Resonate identity
home-lead = One pseudonym for music and apps. No e-mail address, no phone number, no legal name.
home-join = Join under a pseudonym
home-listen = Listen to music
home-account = See your account
# Problems
problems-title = What our answers mean
problem-fix = What to do
problem-code = Code
problem-status = HTTP status
problem-example = Example

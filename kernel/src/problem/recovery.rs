//! Refusals of `recovery`: the vault store.

super::slugs! { RECOVERY:
    VAULT_BEHIND = "vault-behind", 412, "Another device wrote first", "The vault that is stored is not the one this writing follows. Nothing was overwritten.", "Fetch the vault, merge, and write again with its version; the wallet does this by itself.";
    VAULT_EPOCH = "vault-epoch", 409, "The vault's root key was renewed, or this renewal does not follow", "A way in was removed or the wallet was recovered on another device, or a new root key came without the signature of the old one.", "Open the wallet again with a way in that still holds. Nothing was overwritten.";
    VAULT_FORMAT = "vault-format", 422, "This is no vault document", "The document is not of the format resonate-vault/1, or has more ways in than eight.", "Send the document as the wallet makes it. The member named in the answer is the first that is wrong.";
    VAULT_WORK = "vault-work", 429, "Keeping a new vault takes a piece of work first", "Anyone may keep a vault here without an account, so each new one costs some computing. It is missing, too little, or was used before.", "Fetch a new challenge from /vault/challenge, solve it and send it along.";
}

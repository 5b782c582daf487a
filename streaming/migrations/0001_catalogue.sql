-- Who makes music.
CREATE TABLE streaming_party (
    id TEXT NOT NULL PRIMARY KEY, -- public/forever/contract: names the party
    kind TEXT NOT NULL CHECK (kind IN ('artist', 'label', 'person')), -- public/forever/contract: what it is
    name TEXT NOT NULL, -- public/forever/contract: shown name
    sort TEXT NOT NULL, -- public/forever/contract: name as lists order it
    folded TEXT NOT NULL, -- public/forever/contract: name without case and accents, for looking up
    country TEXT, -- public/forever/contract: ISO 3166 code
    isni TEXT, -- public/forever/contract: ISO 27729 identifier
    ipi TEXT, -- public/forever/contract: interested party number
    mbid TEXT, -- public/forever/contract: MusicBrainz identifier
    did TEXT, -- public/forever/contract: public identity whose key signs split sheets
    bio TEXT, -- public/forever/contract: words about the party
    links TEXT, -- public/forever/contract: JSON list of addresses
    image TEXT, -- public/forever/contract: JSON of picture sizes to hashes
    state TEXT NOT NULL, -- public/forever/contract: published or withdrawn
    rev BIGINT NOT NULL -- operational/forever/contract: raised by each edit
);
CREATE INDEX streaming_party_folded ON streaming_party (folded);

-- Releases and other groups of tracks.
CREATE TABLE streaming_group (
    id TEXT NOT NULL PRIMARY KEY, -- public/forever/contract: names the group
    kind TEXT NOT NULL CHECK (kind IN ('lp', 'ep', 'single', 'compilation', 'collection', 'podcast')), -- public/forever/contract: what it is
    title TEXT NOT NULL, -- public/forever/contract: shown title
    folded TEXT NOT NULL, -- public/forever/contract: title without case and accents
    display_artist TEXT NOT NULL, -- public/forever/contract: artist as printed
    party TEXT NOT NULL REFERENCES streaming_party (id), -- public/forever/contract: whose release
    label TEXT, -- public/forever/contract: party that published it
    gtin TEXT, -- public/forever/contract: UPC or EAN
    catalogue_no TEXT, -- public/forever/contract: number of the label
    released TEXT, -- public/forever/contract: ISO 8601 date, possibly partial
    original TEXT, -- public/forever/contract: date of the first release
    about TEXT, -- public/forever/contract: words about it
    cover TEXT, -- public/forever/contract: JSON of cover sizes to hashes
    tags TEXT, -- public/forever/contract: JSON list of words
    state TEXT NOT NULL, -- public/forever/contract: as for a track
    rev BIGINT NOT NULL -- operational/forever/contract: raised by each edit
);
CREATE INDEX streaming_group_party ON streaming_group (party);
CREATE INDEX streaming_group_folded ON streaming_group (folded);

CREATE TABLE streaming_track (
    id TEXT NOT NULL PRIMARY KEY, -- public/forever/contract: names the track
    title TEXT NOT NULL, -- public/forever/contract: shown title
    folded TEXT NOT NULL, -- public/forever/contract: title without case and accents
    version TEXT, -- public/forever/contract: remix, live and the like
    display_artist TEXT NOT NULL, -- public/forever/contract: artist as printed
    payee TEXT NOT NULL REFERENCES streaming_party (id), -- public/forever/contract: party that is paid
    isrc TEXT UNIQUE, -- public/forever/contract: ISO 3901 code
    iswc TEXT, -- public/forever/contract: ISO 15707 code
    mbid TEXT, -- public/forever/contract: MusicBrainz identifier
    lang TEXT, -- public/forever/contract: BCP 47 tag
    explicit BIGINT NOT NULL CHECK (explicit IN (0, 1)), -- public/forever/contract: words not for everyone
    licence TEXT NOT NULL, -- public/forever/contract: SPDX or Creative Commons id
    lyrics TEXT, -- public/forever/contract: the words
    duration_ms BIGINT NOT NULL CHECK (duration_ms > 0), -- public/forever/contract: length
    qualify_ms BIGINT NOT NULL CHECK (qualify_ms > 0), -- public/forever/contract: heard time after which a play counts
    lufs_milli BIGINT, -- public/forever/contract: integrated loudness in thousandths of LUFS
    peak_milli BIGINT, -- public/forever/contract: true peak in thousandths of dBTP
    waveform BYTEA, -- public/forever/contract: one thousand signed peaks
    rights TEXT, -- public/forever/contract: hash of the rule file in force
    opens_at BIGINT, -- public/forever/contract: instant from which it may be played
    pcm_hash TEXT, -- operational/forever/contract: finds the same sound under another party
    state TEXT NOT NULL CHECK (state IN ('draft', 'processing', 'ready', 'scheduled', 'published', 'withdrawn', 'blocked')), -- public/forever/contract: where it stands
    rev BIGINT NOT NULL, -- operational/forever/contract: raised by each edit
    added_at BIGINT NOT NULL -- operational/forever/contract: when it entered the catalogue
);
CREATE INDEX streaming_track_payee ON streaming_track (payee);
CREATE INDEX streaming_track_folded ON streaming_track (folded);
CREATE INDEX streaming_track_pcm ON streaming_track (pcm_hash);
CREATE INDEX streaming_track_added ON streaming_track (added_at);

CREATE TABLE streaming_item (
    grp TEXT NOT NULL REFERENCES streaming_group (id), -- public/forever/contract: the release
    disc BIGINT NOT NULL, -- public/forever/contract: from 1
    pos BIGINT NOT NULL, -- public/forever/contract: from 1
    track TEXT NOT NULL REFERENCES streaming_track (id), -- public/forever/contract: the track there
    PRIMARY KEY (grp, disc, pos)
);
CREATE INDEX streaming_item_track ON streaming_item (track);

CREATE TABLE streaming_credit (
    track TEXT NOT NULL REFERENCES streaming_track (id), -- public/forever/contract: on which track
    party TEXT NOT NULL REFERENCES streaming_party (id), -- public/forever/contract: who
    role TEXT NOT NULL, -- public/forever/contract: as what, in the words of DDEX
    ord BIGINT NOT NULL, -- public/forever/contract: place in the list
    PRIMARY KEY (track, party, role)
);

-- The split sheet: how the artist side of a track's income is shared, one signature each payee.
CREATE TABLE streaming_split (
    track TEXT NOT NULL REFERENCES streaming_track (id), -- public/forever/contract: whose income
    version BIGINT NOT NULL, -- public/forever/contract: newest is in force
    payee TEXT NOT NULL REFERENCES streaming_party (id), -- public/forever/contract: who is paid
    bps BIGINT NOT NULL CHECK (bps > 0 AND bps <= 10000), -- public/forever/contract: hundredths of a percent
    jws TEXT NOT NULL, -- public/forever/contract: the sheet signed by this payee
    PRIMARY KEY (track, version, payee)
);

-- A file of a track, named by its bytes.
CREATE TABLE streaming_rendition (
    hash TEXT NOT NULL PRIMARY KEY, -- public/forever/contract: base64url SHA-256 of the bytes
    track TEXT NOT NULL REFERENCES streaming_track (id), -- public/forever/contract: what it sounds like
    kind TEXT NOT NULL, -- public/forever/contract: opus128, opus64, mp3, flac, preview
    mime TEXT NOT NULL, -- public/forever/contract: media type
    bytes BIGINT NOT NULL CHECK (bytes > 0), -- public/forever/contract: length
    ms BIGINT NOT NULL CHECK (ms > 0) -- public/forever/contract: duration
);
CREATE INDEX streaming_rendition_track ON streaming_rendition (track);

CREATE TABLE streaming_right (
    hash TEXT NOT NULL PRIMARY KEY, -- public/forever/contract: SHA-256 of the body in hexadecimal
    kind TEXT NOT NULL, -- public/forever/contract: rights of a track
    body BYTEA NOT NULL, -- public/forever/contract: the rule file, byte for byte
    jws TEXT NOT NULL, -- public/forever/contract: signed by the payee or a manager
    since BIGINT NOT NULL -- operational/forever/contract: when it was taken in
);

CREATE TABLE streaming_manager (
    party TEXT NOT NULL REFERENCES streaming_party (id), -- operational/account/contract: whose music
    listener BYTEA NOT NULL, -- pseudonymous/account/contract: keyed hash of the person's name here
    roles TEXT NOT NULL, -- operational/account/contract: manage, upload, finance
    until BIGINT NOT NULL, -- operational/account/contract: end of the right
    PRIMARY KEY (party, listener)
);

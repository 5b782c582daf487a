// Two random words for a first name: nobody needs to think of one, and none of them says anything.

const FIRST =
  "amber,ancient,autumn,bold,brass,brave,bright,calm,cedar,clear,clever,copper,coral,crimson,curious,deep,distant,dusky,early,easy,electric,even,fabled,fair,fern,floating,frosty,gentle,gilded,golden,grand,green,hazel,hidden,honest,humble,indigo,ivory,jolly,keen,kind,late,little,lively,loyal,lucid,lunar,maple,mellow,merry,misty,modest,mossy,narrow,nimble,noble,olive,open,patient,pearl,plain,proud,quick,quiet,rapid,rare,ready,river,rosy,ruby,rustic,sandy,secret,shady,silent,silver,slow,smooth,snowy,solar,steady,still,stone,sunny,swift,tall,tender,tidal,true,velvet,vivid,warm,wild,willow,winter,wise,wooden,young";
const SECOND =
  "acorn,anchor,badger,beacon,birch,bison,brook,canyon,cello,chord,cliff,cloud,comet,crane,cricket,dolphin,drum,dune,eagle,echo,ember,falcon,field,finch,fjord,flute,forest,fox,garden,glacier,grove,harbor,harp,hawk,heron,hill,horizon,island,ivy,jackdaw,juniper,kestrel,kite,lake,lantern,lark,leaf,lemur,linden,lotus,lynx,magpie,marsh,meadow,meteor,moon,moth,mountain,nettle,oak,oboe,orbit,orchard,osprey,otter,owl,panda,pebble,pine,planet,plover,pond,poplar,prairie,quail,raven,reed,ridge,robin,rook,sable,sparrow,spruce,star,stork,stream,summit,swan,thistle,thrush,tiger,trail,tulip,valley,viola,walnut,whale,wren";

export function drawName(random: (length: number) => Uint8Array): string {
  return [FIRST, SECOND].map((list) => drawn(list.split(","), random)).join("-");
}

/** Each as likely as the next: numbers past the last whole round are drawn again. */
function drawn(words: readonly string[], random: (length: number) => Uint8Array): string {
  const most = Math.floor(256 / words.length) * words.length;
  for (;;) {
    const [n = 0] = random(1);
    if (n < most) return words[n % words.length] ?? "";
  }
}

/** 3 to 30 of a-z and 0-9, single hyphens inside. */
export function isName(text: string): boolean {
  return text.length >= 3 && text.length <= 30 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text);
}

/** Six words, each out of both lists. */
export function drawPhrase(random: (length: number) => Uint8Array): string {
  const all = `${FIRST},${SECOND}`.split(",");
  return Array.from({ length: 6 }, () => drawn(all, random)).join(" ");
}

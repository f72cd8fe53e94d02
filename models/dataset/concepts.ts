/** A thing with a name: which icon draws it (the same icon name in every set) and how captions call it. */
export interface Concept {
  /** Stable id, used in splits and evaluation. */
  readonly id: string
  /** Icon name in every icon set. */
  readonly icon: string
  /** Singular names without article, the plainest first. */
  readonly names: readonly string[]
  /** Training begins with wave 1 and widens when those concepts are sharp. */
  readonly wave: number
}

const table: Readonly<Record<string, string>> = {
  animals: `cat-face=cat|cat face; dog-face=dog|dog face; wolf~; fox; lion; tiger-face=tiger; horse-face=horse; unicorn;
    cow-face=cow; pig-face=pig; rabbit-face=rabbit|bunny; bear; panda; koala; monkey-face=monkey; frog; mouse-face=mouse;
    elephant; giraffe; penguin; owl; duck; baby-chick=chick|baby chick; rooster; flamingo; parrot; swan; turtle; snake;
    crocodile; sauropod=dinosaur; dragon-face=dragon; whale; dolphin; fish; tropical-fish=tropical fish; shark; octopus; crab;
    lobster~; snail; butterfly; honeybee=bee|honeybee; lady-beetle=ladybug; ant~; spider; hedgehog~; bat~; camel~;
    spiral-shell~=sea shell|shell`,
  plants: `cherry-blossom=blossom|cherry blossom; rose; sunflower; tulip; hibiscus~=hibiscus flower|flower;
    evergreen-tree=pine tree; deciduous-tree=tree; palm-tree=palm tree; cactus; four-leaf-clover=clover;
    maple-leaf~=maple leaf|leaf; mushroom; potted-plant~=potted plant`,
  food: `grapes=bunch of grapes; watermelon=slice of watermelon|watermelon; tangerine=orange fruit|tangerine; lemon; banana;
    pineapple; red-apple=apple; pear; peach; cherries=pair of cherries; strawberry; kiwi-fruit=kiwi; tomato; coconut~; avocado;
    eggplant; carrot; ear-of-corn=ear of corn; bell-pepper~=bell pepper; hot-pepper~=chili pepper; broccoli; bread~=loaf of bread;
    croissant~; pretzel~; cheese-wedge=piece of cheese|cheese; hamburger=burger|hamburger; french-fries=box of french fries;
    pizza=slice of pizza|pizza; hot-dog=hot dog; taco~; popcorn=box of popcorn; soft-ice-cream=ice cream cone|ice cream;
    doughnut=donut|doughnut; cookie; birthday-cake=birthday cake|cake; cupcake; candy~; lollipop; teapot;
    hot-beverage=cup of coffee|cup; wine-glass=glass of wine; cocktail-glass~=cocktail; beer-mug=mug of beer`,
  travel: `globe-showing-americas=globe|planet earth; snow-capped-mountain=mountain; volcano; house; castle; tent; factory~;
    automobile=car; bus; taxi; ambulance~; fire-engine=fire truck; police-car~=police car; tractor; racing-car~=racing car;
    delivery-truck~=truck; motorcycle~; bicycle=bicycle|bike; locomotive=train|steam train; sailboat=sailboat|boat; ship~; airplane=airplane|plane;
    helicopter~; rocket; flying-saucer=ufo|flying saucer; parachute~; anchor`,
  sky: `sun; crescent-moon=moon|crescent moon; star; ringed-planet=planet|planet with a ring; cloud; rainbow; umbrella;
    snowflake; snowman; fire=flame|fire; droplet=water drop|drop; high-voltage=lightning bolt`,
  things: `grinning-face=smiley face|smiley; skull; ghost; alien; robot; red-heart=heart; balloon; jack-o-lantern=pumpkin|halloween pumpkin;
    christmas-tree=christmas tree; wrapped-gift=gift|gift box; trophy; soccer-ball=soccer ball; basketball; tennis~=tennis ball|tennis racket and ball;
    volleyball~; teddy-bear=teddy bear; game-die=die|game die; puzzle-piece=puzzle piece; video-game=game controller;
    artist-palette~=palette|artist palette; sunglasses=pair of sunglasses; necktie~; t-shirt; jeans~=pair of jeans; dress;
    backpack; running-shoe=shoe|running shoe; high-heeled-shoe~=high heel shoe; crown; top-hat=top hat; ring; gem-stone=gem|diamond;
    bell; microphone; headphone=pair of headphones; guitar; violin~; trumpet~; drum~; mobile-phone=phone|mobile phone; laptop;
    television~=tv|television; camera; light-bulb=light bulb; candle; closed-book=book; envelope; pencil; paintbrush;
    scissors=pair of scissors; key; locked=padlock|lock; hammer; magnet~; chair; door~; bomb; shield~; alarm-clock=alarm clock|clock`,
}

/** Reads lists of `icon=name|other name; icon`; a `~` after the icon puts the concept into wave 2. */
export function parseConcepts(list: string): Concept[] {
  return list
    .split(';')
    .map((entry) => entry.trim().replaceAll(/\s+/g, ' '))
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [key = '', names] = entry.split('=')
      const icon = key.replace('~', '')
      return { id: icon, icon, names: (names ?? icon.replaceAll('-', ' ')).split('|'), wave: key.endsWith('~') ? 2 : 1 }
    })
}

/** All concepts, in a fixed order; adding at the end leaves the others' pictures as they are. */
export const concepts: readonly Concept[] = Object.values(table).flatMap(parseConcepts)

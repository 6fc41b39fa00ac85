namespace HotShelf.Catalog.Seeding;

internal static partial class SeedVocabulary
{
    public static SeedCategory[] Leisure { get; } =
    [
        new("toys", "TOY", 490, 14900,
            ["Wooden Train", "Building Blocks", "Marble Run", "Puzzle", "Doll's House", "Balance Bike", "Stacking Tower", "Kite", "Play Kitchen", "Hand Puppet", "Magnet Tiles"],
            ["beech wood", "maple", "organic cotton", "recycled plastic", "felt", "cardboard", "linden wood", "wool"],
            ["edges sanded by hand", "colours that survive chewing", "parts too large to swallow", "rails that fit other makers' sets", "a bag for tidying up", "rules that fit on one page", "no batteries and no noise", "spare parts sold one by one"],
            ["rainy afternoons", "children from three years", "brothers and sisters of different ages", "playing on the floor", "birthday presents", "grandparents' houses", "nurseries and waiting rooms"],
            ["24 Pieces", "48 Pieces", "100 Pieces", "Natural", "Rainbow", "Starter Set"]),
        new("board-games", "GAM", 790, 8900,
            ["Strategy Game", "Card Game", "Cooperative Game", "Dice Game", "Word Game", "Chess Set", "Tile Game", "Quiz Game", "Deduction Game", "Expansion Pack"],
            ["linen-finished cards", "wooden meeples", "a folding board", "weighted pieces", "engraved dice", "a cloth bag", "thick cardboard tiles", "a magnetic box"],
            ["rules that are learned in ten minutes", "turns that everybody watches", "symbols for players who confuse colours", "a mode for one player", "an ending that stays open to the last round", "a box that fits on any shelf", "artwork by a different painter on each card", "hardly any waiting"],
            ["two players", "families with teenagers", "a table of six", "long train journeys", "evenings that end at midnight", "people who say they do not like games", "a holiday without screens"],
            ["Second Edition", "Travel", "Deluxe", "Family", "Classic", "Anniversary"]),
        new("stationery", "STA", 190, 12900,
            ["Notebook", "Fountain Pen", "Desk Calendar", "Pencil Set", "Letter Paper", "Sketchbook", "Desk Organiser", "Washi Tape", "Ink Bottle", "Ruler", "Planner"],
            ["acid-free paper", "brass", "cedar wood", "a steel nib", "linen-covered board", "recycled paper", "cork", "resin"],
            ["pages that lie flat", "ink that does not bleed through", "a pocket inside the back cover", "a clip that does not bend", "numbered pages and an index", "a grid that is visible but not loud", "refills that are sold everywhere", "a ribbon in each of three colours"],
            ["morning pages", "left-handed writers", "planning a year ahead", "lecture notes", "sketching on journeys", "letters to friends", "a tidy desk"],
            ["A4", "A5", "A6", "Dotted", "Ruled", "Blank"]),
        new("coffee-and-tea", "TEA", 390, 9900,
            ["Espresso Beans", "Filter Coffee", "Green Tea", "Black Tea", "Herbal Infusion", "Pour-Over Dripper", "French Press", "Tea Pot", "Milk Jug", "Travel Cup"],
            ["washed arabica", "naturally dried beans", "hand-picked leaves", "stoneware", "double-walled glass", "organic herbs", "porcelain", "a steel mesh filter"],
            ["notes of dark chocolate and cherry", "a roast that is stated with its date", "a bag that closes again tightly", "leaves that give three infusions", "a spout that pours in a thin stream", "prices paid to growers printed on the label", "a body without bitterness", "a handle for two fingers"],
            ["the first cup of the day", "long afternoons", "cold brew in summer", "drinkers who skip sugar", "an office kitchen", "a gift with a long shelf life", "espresso with milk"],
            ["250 g", "500 g", "1 kg", "Decaf", "Organic", "Gift Box"]),
        new("pet-supplies", "PET", 290, 19900,
            ["Dog Bed", "Cat Tree", "Dog Lead", "Food Bowl", "Scratching Post", "Dog Harness", "Cat Tunnel", "Transport Box", "Aquarium Filter", "Hamster Wheel", "Bird Perch"],
            ["sisal", "orthopaedic foam", "braided rope", "waxed leather", "stainless steel", "corduroy", "birch wood", "recycled felt"],
            ["a cover that washes at 60 degrees", "buckles that open under no load", "a base that does not tip", "a rim that keeps food inside", "no squeaking at night", "reflective stitching", "parts that can be replaced singly", "openings on two levels"],
            ["old dogs with stiff joints", "indoor cats", "long walks in the rain", "nervous animals", "journeys by train", "flats with wooden floors", "households with several pets"],
            ["XS", "S", "M", "L", "Grey", "Rust"]),
    ];
}

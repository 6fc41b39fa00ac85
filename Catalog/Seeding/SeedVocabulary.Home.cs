namespace HotShelf.Catalog.Seeding;

internal static partial class SeedVocabulary
{
    public static SeedCategory[] Home { get; } =
    [
        new("kitchen", "KIT", 590, 24900,
            ["Frying Pan", "Stock Pot", "Chef's Knife", "Mixing Bowl", "Cutting Board", "Baking Tray", "Kettle", "Pepper Mill", "Colander", "Rolling Pin", "Casserole", "Whisk"],
            ["brushed steel", "cast iron", "beech wood", "carbon steel", "enamelled steel", "borosilicate glass", "copper", "bamboo"],
            ["a handle that stays cool on the stove", "a base that heats evenly to the edge", "a rim that pours without dripping", "measuring marks that do not wash off", "a surface that needs little oil", "rivets that sit flush and clean easily", "a lid that doubles as a strainer", "a weight that feels balanced in the hand"],
            ["slow Sunday stews", "quick weekday dinners", "baking with children", "small kitchens with little storage", "cooks who sharpen their own knives", "large family tables", "induction, gas and oven alike"],
            ["Small", "Medium", "Large", "Black", "Cream", "Forest Green"]),
        new("furniture", "FUR", 3900, 189000,
            ["Bookcase", "Dining Table", "Armchair", "Side Table", "Bed Frame", "Desk", "Sideboard", "Bench", "Wardrobe", "Coffee Table", "Bar Stool"],
            ["solid oak", "ash veneer", "powder-coated steel", "walnut", "birch plywood", "rattan", "reclaimed pine", "boucle fabric"],
            ["joints that are glued and pegged", "feet that adjust to uneven floors", "drawers that close by themselves", "a back panel with cable openings", "rounded corners at child height", "an oil finish that can be renewed at home", "shelves that move without tools", "a frame that is assembled in twenty minutes"],
            ["rented flats and frequent moves", "narrow hallways", "a reading corner by the window", "working from home", "long dinners with friends", "bedrooms under a sloping roof", "a shop window or a studio"],
            ["Natural", "Smoked", "White", "Graphite", "Wide", "Compact"]),
        new("bedding", "BED", 1290, 39900,
            ["Duvet Cover", "Fitted Sheet", "Pillowcase Pair", "Winter Duvet", "Summer Duvet", "Mattress Topper", "Side Sleeper Pillow", "Throw Blanket", "Bedspread"],
            ["washed linen", "organic cotton percale", "cotton sateen", "brushed flannel", "merino wool", "lyocell", "goose down", "hemp"],
            ["corners that grip mattresses up to 30 cm", "buttons of real shell", "seams that are double stitched", "a weave that grows softer with each wash", "chambers that keep the filling in place", "a zip that is hidden along the foot end", "edges piped in the same cloth", "a finish free of formaldehyde"],
            ["warm sleepers", "cold bedrooms in old houses", "sensitive skin", "guest rooms", "couples who cannot agree on a temperature", "washing at 60 degrees every week", "afternoon naps on the sofa"],
            ["Single", "Double", "King", "Sand", "Sky Blue", "Terracotta"]),
        new("lighting", "LIG", 890, 45900,
            ["Desk Lamp", "Floor Lamp", "Pendant Light", "Wall Light", "String Lights", "Reading Light", "Ceiling Light", "Lantern", "Bedside Lamp"],
            ["opal glass", "spun aluminium", "rice paper", "brass", "ceramic", "smoked glass", "woven cane", "matt steel"],
            ["a dimmer that remembers its last setting", "light that turns warmer as it dims", "a fabric cable of three metres", "a joint that holds every angle", "a shade that can be washed", "bulbs that are replaced without tools", "no visible flicker at any level", "a switch on the cable and one on the base"],
            ["reading in bed without waking anybody", "long evenings at a desk", "high ceilings", "dark corners and landings", "a table for six", "balconies and covered terraces", "video calls in the evening"],
            ["Warm White", "Neutral White", "Black", "Brass", "Small", "Large"]),
        new("bathroom", "BAT", 490, 17900,
            ["Bath Towel", "Shower Head", "Soap Dispenser", "Bath Mat", "Mirror Cabinet", "Toothbrush Holder", "Laundry Basket", "Shower Curtain", "Towel Rail"],
            ["long-staple cotton", "stainless steel", "stoneware", "teak", "recycled polyester", "tempered glass", "waffle cotton", "chromed brass"],
            ["a loop at each short side", "nozzles that shed limescale at a touch", "a pump that doses the same amount every time", "a back that does not slip on wet tiles", "fixings for drilling or for gluing", "a lining that comes out for washing", "a coating that resists fingerprints", "a weight that hangs straight"],
            ["families with one bathroom", "hard water", "rooms without a window", "guests at short notice", "showers over a bathtub", "rented rooms where drilling is not allowed"],
            ["White", "Slate", "Sage", "Small", "Large", "Pair"]),
    ];
}

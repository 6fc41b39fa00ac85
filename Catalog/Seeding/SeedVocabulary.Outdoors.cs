namespace HotShelf.Catalog.Seeding;

internal static partial class SeedVocabulary
{
    public static SeedCategory[] Outdoors { get; } =
    [
        new("garden", "GAR", 390, 59900,
            ["Pruning Shears", "Watering Can", "Raised Bed", "Garden Fork", "Hand Trowel", "Hose Reel", "Compost Bin", "Plant Pot", "Bird Feeder", "Lawn Rake", "Cold Frame"],
            ["forged steel", "galvanised steel", "untreated larch", "terracotta", "ash wood", "recycled rubber", "zinc", "frost-proof clay"],
            ["a blade that can be resharpened", "a spout with a brass rose", "a handle length for an upright back", "drainage that does not clog", "a catch that works with one hand", "slats that let the air through", "a foot rest that spares the sole", "a lid that stays up in the wind"],
            ["balcony gardeners", "heavy clay soil", "first vegetable beds", "roses and soft fruit", "left-handed gardeners", "allotments without running water", "autumn leaves in quantity"],
            ["Small", "Medium", "Large", "Green", "Set of Two", "Long Handle"]),
        new("camping", "CAP", 690, 79900,
            ["Two-Person Tent", "Sleeping Bag", "Camping Stove", "Head Torch", "Sleeping Mat", "Water Filter", "Folding Chair", "Cool Box", "Dry Bag", "Titanium Mug"],
            ["ripstop nylon", "aluminium poles", "recycled down", "closed-cell foam", "titanium", "silicone-coated fabric", "anodised aluminium", "dyed polyester"],
            ["seams that are taped at the factory", "a pack size smaller than a loaf of bread", "pegs that hold in sand", "a zip that does not catch", "a red light for maps at night", "a valve that inflates in twelve breaths", "loops for hanging things to dry", "an entrance on each side"],
            ["three-season tours", "festivals", "bikepacking", "rainy weekends by the sea", "canoe trips", "families with small children", "high camps above the tree line"],
            ["Regular", "Long", "Moss", "Burnt Orange", "Slate Blue", "Ultralight"]),
        new("cycling", "CYC", 590, 219000,
            ["Commuter Helmet", "Pannier Bag", "Floor Pump", "Rear Light", "Folding Lock", "Saddle", "Rain Cape", "City Bike", "Gravel Tyre", "Multi-Tool", "Bike Trailer"],
            ["hardened steel", "cork", "waterproof canvas", "a chromoly frame", "expanded foam", "stainless bolts", "natural rubber", "reflective yarn"],
            ["a clasp that closes by magnet", "a gauge that is read while standing", "eight hours of light per charge", "a mount that fits round and aero posts", "a tread that is quiet on tarmac", "a hood that fits over a helmet", "no parts that rattle", "a key that can be ordered again by number"],
            ["the daily way to work", "winter riders", "school runs", "weekend tours on gravel", "cobbled streets", "carrying a week's shopping", "repairs at the roadside"],
            ["S", "M", "L", "Black", "Signal Yellow", "Petrol"]),
        new("running", "RUN", 990, 22900,
            ["Road Running Shoe", "Trail Running Shoe", "Running Jacket", "Running Tights", "Hydration Vest", "Sports Watch", "Running Cap", "Merino Socks", "Running Shorts"],
            ["engineered mesh", "a nitrogen-infused midsole", "merino wool", "recycled polyamide", "a rubber outsole", "a windproof membrane", "elastane", "a woven upper"],
            ["a drop of six millimetres", "pockets that do not bounce", "reflective strips on every side", "flat seams where it matters", "a toe box with room to spread", "vents laid out along the back", "lugs that shed mud", "a cuff that reaches over the watch"],
            ["the first ten kilometres", "dark mornings", "muddy forest tracks", "marathon preparation", "runners with wide feet", "hot summers", "easy miles between hard days"],
            ["36-38", "39-41", "42-44", "45-47", "Night Blue", "Coral"]),
        new("tools", "TOO", 490, 49900,
            ["Cordless Drill", "Claw Hammer", "Screwdriver Set", "Spirit Level", "Hand Saw", "Combination Pliers", "Toolbox", "Orbital Sander", "Tape Measure", "Workbench", "Socket Set"],
            ["chrome-vanadium steel", "a hickory shaft", "drop-forged steel", "a brushless motor", "a milled aluminium body", "hardened teeth", "beech jaws", "a rubber grip"],
            ["markings that are read from both sides", "a chuck that tightens by hand", "tips that fit without play", "a battery shared by the whole range", "a case in which every part has its place", "a guarantee of ten years", "a balance that tires no wrist", "a light where the work is"],
            ["moving house", "building a first shelf", "repairs in old buildings", "workshops used every day", "flats without a cellar", "restoring furniture", "assembling and taking apart again"],
            ["12 V", "18 V", "Compact", "Long", "Set", "Professional"]),
    ];
}

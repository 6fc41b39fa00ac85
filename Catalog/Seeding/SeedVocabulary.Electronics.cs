namespace HotShelf.Catalog.Seeding;

internal static partial class SeedVocabulary
{
    public static SeedCategory[] Electronics { get; } =
    [
        new("home-audio", "AUD", 2900, 149000,
            ["Bookshelf Speaker", "Over-Ear Headphones", "Turntable", "Soundbar", "In-Ear Headphones", "Stereo Amplifier", "Kitchen Radio", "Portable Speaker", "Subwoofer"],
            ["a silk-dome tweeter", "a paper cone driver", "planar drivers", "a sealed wooden cabinet", "a belt drive", "a class D amplifier", "graphene-coated drivers", "a bass-reflex port"],
            ["a volume wheel with real resistance", "thirty hours between charges", "pads that are replaced in a minute", "an input for every older device", "noise reduction that leaves voices audible", "a phase that is corrected at the crossover", "a headphone socket on the front", "a mode for late evenings with gentle bass"],
            ["small living rooms", "open-plan offices", "a first record collection", "films after the children are asleep", "long train journeys", "the kitchen counter", "listening to one album from start to end"],
            ["Black", "Walnut", "White", "Silver", "Mk II", "Studio"]),
        new("computers", "COM", 1900, 249000,
            ["Mechanical Keyboard", "Wireless Mouse", "27-inch Monitor", "USB-C Dock", "Notebook Stand", "Webcam", "External SSD", "Mini PC", "Graphics Tablet", "Wi-Fi Router"],
            ["an aluminium case", "a glass-fibre frame", "hot-swappable switches", "an IPS panel", "a recycled plastic shell", "a fanless heat sink", "braided cables", "a magnesium body"],
            ["firmware that is updated without an account", "three profiles stored on the device", "ports on both sides", "a stand that turns to portrait", "power delivery of up to 96 watts", "a shutter in front of the lens", "colours calibrated before delivery", "a sleep mode below half a watt"],
            ["writing all day", "photo editing at home", "shared desks", "a quiet bedroom office", "travelling with one charger", "students on a budget", "teams that work across time zones"],
            ["ISO Layout", "ANSI Layout", "512 GB", "1 TB", "2 TB", "Grey"]),
        new("smart-home", "SMA", 1490, 39900,
            ["Radiator Thermostat", "Motion Sensor", "Smart Plug", "Door Sensor", "Leak Detector", "Light Switch", "Video Doorbell", "Air Quality Monitor", "Window Blind Motor"],
            ["a Thread radio", "a Zigbee radio", "a coin cell", "an e-paper display", "a sealed housing", "a relay rated for 16 amperes", "a lithium battery", "a Matter controller"],
            ["settings that stay inside the house", "two years from one battery", "a button for those without a phone", "readings every ten seconds", "automations that run without the internet", "a log that can be exported", "an alarm of 85 decibels", "a fixing that leaves no trace"],
            ["holiday homes", "old radiators", "cellars with a washing machine", "grandparents living alone", "saving on heating", "allergy sufferers", "landlords with several flats"],
            ["Single", "Twin Pack", "Four Pack", "White", "Anthracite"]),
        new("cameras", "CAM", 2400, 329000,
            ["Compact Camera", "Prime Lens", "Zoom Lens", "Travel Tripod", "Camera Strap", "Flash Unit", "Memory Card Case", "Photo Backpack", "Instant Camera", "Action Camera"],
            ["a stacked sensor", "low-dispersion glass", "carbon fibre legs", "waxed canvas", "nine rounded blades", "a metal bayonet", "a weather-sealed body", "full-grain leather"],
            ["focus that finds the nearest eye", "a ring with a firm click", "a viewfinder that covers the whole frame", "five steps of stabilisation", "a shutter that is all but silent", "room for a rain jacket", "a plate that fits common heads", "buttons that work with gloves"],
            ["street photography", "birds at the lake", "weddings in dim churches", "hiking with light luggage", "portraits by a window", "family albums", "filming while walking"],
            ["Body Only", "Kit", "Black", "Silver", "Olive", "Limited"]),
        new("appliances", "APP", 1990, 129000,
            ["Espresso Machine", "Hand Blender", "Toaster", "Vacuum Cleaner", "Food Processor", "Air Purifier", "Coffee Grinder", "Rice Cooker", "Steam Iron", "Bread Maker"],
            ["a brushless motor", "a steel boiler", "conical burrs", "a HEPA filter", "a ceramic coating", "a die-cast housing", "a glass jug", "an induction heater"],
            ["parts that go into the dishwasher", "spare parts for at least ten years", "a start delayed by up to twelve hours", "a cable that winds itself up", "a noise level below a conversation", "a display that can be switched off", "a warning before it needs descaling", "a setting for small portions"],
            ["two cups every morning", "households with pets", "baking once a week", "small flats", "people who dislike ironing", "offices of up to ten", "cooking for a crowd"],
            ["White", "Black", "Steel", "Cream", "Compact", "Pro"]),
    ];
}

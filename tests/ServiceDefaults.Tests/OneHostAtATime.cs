// The framework's meters are the process': two hosts at a time would each show the other's series beside their own, which no real process has.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

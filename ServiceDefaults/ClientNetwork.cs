using System.Net;
using System.Net.Sockets;

namespace HotShelf.ServiceDefaults;

/// <summary>Whom a limit per client counts together.</summary>
public static class ClientNetwork
{
    /// <summary>An IPv4 address itself, the /64 of an IPv6 address; <see cref="IPAddress.None"/> when there is none.</summary>
    /// <param name="address">The client's address.</param>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is null)
            return IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        // One subscriber has a whole /64 to send from.
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}

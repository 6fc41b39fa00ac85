using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Local;

/// <summary>Chooses free loopback ports, below the range from which systems take ports for outgoing connections: none of those can take one away.</summary>
internal static class Ports
{
    private const int First = 20_000;
    private const int Last = 32_000;

    private static readonly Lock s_lock = new();
    private static readonly HashSet<int> s_given = [];

    public static int Free()
    {
        lock (s_lock)
        {
            for (var attempt = 0; attempt < 2_000; attempt++)
            {
                var port = Random.Shared.Next(First, Last);
                if (!s_given.Contains(port) && IsFree(port) && s_given.Add(port))
                    return port;
            }
        }

        throw new DistributedApplicationException($"No free port between {First} and {Last} was found.");
    }

    /// <summary>The port may be chosen again.</summary>
    public static void Return(int port)
    {
        lock (s_lock)
            s_given.Remove(port);
    }

    public static bool IsFree(int port)
    {
        try
        {
            foreach (var listener in Listen(port))
                listener.Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Listens on both loopback addresses. Throws <see cref="SocketException"/> when one of them is taken; a missing IPv6 is no error.</summary>
    public static List<Socket> Listen(int port)
    {
        var sockets = new List<Socket>(2);
        try
        {
            foreach (var address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
            {
                if (address.AddressFamily == AddressFamily.InterNetworkV6 && !Socket.OSSupportsIPv6)
                    continue;
                var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    socket.Bind(new IPEndPoint(address, port));
                    socket.Listen(512);
                    sockets.Add(socket);
                }
                catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
                {
                    socket.Dispose();
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            }

            return sockets;
        }
        catch
        {
            foreach (var socket in sockets)
                socket.Dispose();
            throw;
        }
    }
}

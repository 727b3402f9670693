"""A relay whose servers swap in mid-file: each request of a client goes to one
of several servers, drawn at random, and some connections break in mid-reply.
The client sees one address.
usage: switch.py PORT-FILE BREAKS SERVER-PORT...
BREAKS: of 100 replies, those that are cut off at a random byte."""
import os
import random
import socket
import sys
import threading

HEADER = 8
PIECE = 64 * 1024


def read_exact(peer, n):
    parts = bytearray()
    while len(parts) < n:
        some = peer.recv(n - len(parts))
        if not some:
            raise EOFError
        parts += some
    return bytes(parts)


def forward_reply(server, client, breaks):
    """Returns False after a break."""
    header = read_exact(server, HEADER)
    left = int.from_bytes(header[1:], 'big')
    allowed = None
    if left > 1000 and random.randrange(100) < breaks:
        allowed = random.randrange(left)
    client.sendall(header)
    while left > 0:
        some = server.recv(min(left, PIECE))
        if not some:
            raise EOFError
        left -= len(some)
        if allowed is not None:
            client.sendall(some[:allowed])
            allowed -= len(some)
            if allowed <= 0:
                return False
        else:
            client.sendall(some)
    return True


def serve(client, breaks, ports):
    servers = {}
    try:
        while True:
            prefix = read_exact(client, 4)
            payload = read_exact(client, int.from_bytes(prefix[2:], 'big'))
            port = random.choice(ports)
            if port not in servers:
                servers[port] = socket.create_connection(('127.0.0.1', port))
            servers[port].sendall(prefix + payload)
            if not forward_reply(servers[port], client, breaks):
                break
    except (OSError, EOFError):
        pass
    for peer in [client, *servers.values()]:
        peer.close()


def main():
    breaks = int(sys.argv[2])
    ports = [int(port) for port in sys.argv[3:]]
    listener = socket.create_server(('127.0.0.1', 0), backlog=100)
    with open(sys.argv[1] + '.new', 'w', encoding='ascii') as file:
        print(listener.getsockname()[1], file=file)
    os.rename(sys.argv[1] + '.new', sys.argv[1])
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, breaks, ports),
                         daemon=True).start()


main()

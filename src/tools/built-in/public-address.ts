import { BlockList, isIP } from 'node:net';

/**
 * What an IP address is that does not lead to the public internet (`loopback`, say), or undefined for one that does. The ranges are those of IANA's special-purpose address registries, and addresses where clouds serve their machines'
 * secrets.
 */
export function specialAddress(address: string): string | undefined {
  const [plain = ''] = address.split('%', 1);
  const version = isIP(plain);
  if (version === 0) return 'not an IP address';
  const family = version === 6 ? 'ipv6' : 'ipv4';
  const ranges = family === 'ipv6' ? IPV6_RANGES : IPV4_RANGES;
  const kind = ranges.find(({ list }) => list.check(plain, family))?.kind;
  if (kind !== undefined || family === 'ipv4') return kind;
  if (NAT64.check(plain, 'ipv6')) return specialAddress(lastFourBytes(plain));
  return GLOBAL_UNICAST.check(plain, 'ipv6') ? undefined : 'reserved';
}

interface Range {
  readonly kind: string;
  readonly list: BlockList;
}

const IPV4_RANGES: readonly Range[] = [
  range('loopback', 'ipv4', '127.0.0.0/8'),
  range('private', 'ipv4', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'),
  range('cloud metadata', 'ipv4', '169.254.169.254/32', '100.100.100.200/32', '168.63.129.16/32'),
  range('link-local', 'ipv4', '169.254.0.0/16'),
  range('shared by a carrier (CGNAT)', 'ipv4', '100.64.0.0/10'),
  range('unspecified', 'ipv4', '0.0.0.0/8'),
  range('multicast', 'ipv4', '224.0.0.0/4'),
  range('broadcast', 'ipv4', '255.255.255.255/32'),
  range('benchmarking', 'ipv4', '198.18.0.0/15'),
  range('documentation', 'ipv4', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'),
  range('reserved', 'ipv4', '192.0.0.0/24', '192.88.99.0/24', '240.0.0.0/4'),
];

const IPV6_RANGES: readonly Range[] = [
  range('loopback', 'ipv6', '::1/128'),
  range('unspecified', 'ipv6', '::/128'),
  range('IPv4-mapped', 'ipv6', '::ffff:0:0/96'),
  range('IPv4-compatible', 'ipv6', '::/96'),
  range('unique local', 'ipv6', 'fc00::/7'),
  range('link-local', 'ipv6', 'fe80::/10'),
  range('site-local', 'ipv6', 'fec0::/10'),
  range('multicast', 'ipv6', 'ff00::/8'),
  range('6to4', 'ipv6', '2002::/16'),
  range('benchmarking', 'ipv6', '2001:2::/48'),
  range('documentation', 'ipv6', '2001:db8::/32', '3fff::/20'),
  // Teredo, which embeds IPv4 addresses, is among these.
  range('reserved', 'ipv6', '2001::/23'),
];

/** How a network without IPv4 reaches IPv4 addresses: as public as the address inside. */
const NAT64 = range('', 'ipv6', '64:ff9b::/96').list;

const GLOBAL_UNICAST = range('', 'ipv6', '2000::/3').list;

function range(kind: string, family: 'ipv4' | 'ipv6', ...networks: readonly string[]): Range {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return { kind, list };
}

/** As an IPv4 address. The URL parser gives every IPv6 address its one canonical spelling. */
function lastFourBytes(address: string): string {
  const [, high = '', low = ''] = /:([0-9a-f]*):([0-9a-f]*)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? [];
  return [high, low]
    .map((group) => Number.parseInt(group || '0', 16))
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}

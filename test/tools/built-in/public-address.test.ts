import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { specialAddress } from '../../../src/tools/built-in/public-address.ts';

describe('The rule for addresses', () => {
  it.each([
    ['loopback', ['127.0.0.1', '127.255.255.255', '::1']],
    ['private', ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.1']],
    ['cloud metadata', ['169.254.169.254', '100.100.100.200', '168.63.129.16']],
    ['link-local', ['169.254.0.1', '169.254.169.253', 'fe80::1', 'fe80::1%eth0', 'febf::1']],
    ['shared by a carrier (CGNAT)', ['100.64.0.0', '100.127.255.255']],
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
    ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ffff::']],
    ['broadcast', ['255.255.255.255']],
    ['benchmarking', ['198.18.0.0', '198.19.255.255', '2001:2::1']],
    ['documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
    ['reserved', ['192.0.0.192', '192.88.99.1', '240.0.0.1', '100::1', '2001::1', '5f00::1', '64:ff9b:1::1']],
    ['unique local', ['fc00::1', 'fd00:ec2::254', 'fdff::']],
    ['site-local', ['fec0::1']],
    ['IPv4-mapped', ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8']],
    ['IPv4-compatible', ['::127.0.0.1', '::a00:1']],
    ['6to4', ['2002:7f00:1::', '2002:a00:1::1']],
    ['not an IP address', ['', 'localhost', '127.1', '0x7f000001', '[::1]']],
  ])('calls %s what is', (kind, addresses) => {
    expect(addresses.map(specialAddress)).toEqual(addresses.map(() => kind));
  });

  it.each([
    [
      '1.1.1.1',
      '8.8.8.8',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.0',
    ],
    ['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0'],
    ['198.17.255.255', '198.20.0.0', '223.255.255.255'],
    ['2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '2001:4860:4860::8888', '2003::1'],
  ])('has nothing to say of %s and its like', (...addresses) => {
    expect(addresses.map(specialAddress)).toEqual(addresses.map(() => undefined));
  });

  it('sees through the addresses by which IPv6 networks reach IPv4', () => {
    const ipv4 = fc.tuple(byte(), byte(), byte(), byte());
    fc.assert(
      fc.property(ipv4, (bytes) => {
        const plain = bytes.join('.');
        const [a, b, c, d] = bytes;
        expect(specialAddress(`64:ff9b::${plain}`)).toBe(specialAddress(plain));
        expect(specialAddress(`64:ff9b::${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`)).toBe(
          specialAddress(plain),
        );
      }),
    );
  });
});

function byte() {
  return fc.integer({ min: 0, max: 255 });
}

/** Which addresses are somebody's on the internet, and which are this machine's, its network's, or nobody's. */
import { BlockList, isIP } from "node:net";

/** IANA's special-purpose registries: what is not globally reachable, and what leads to other addresses. */
const NOT_PUBLIC = [
  "0.0.0.0/8", // this network
  "10.0.0.0/8",
  "100.64.0.0/10", // shared by carriers
  "127.0.0.0/8",
  "169.254.0.0/16", // link-local; metadata of clouds
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16",
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and broadcast
];
/** Of IPv6, 2000::/3 alone is given out; these of it are not hosts, or lead to IPv4 addresses. */
const NOT_PUBLIC_IN_2000 = [
  "2001::/23", // protocol assignments, Teredo and ORCHID among them
  "2001:db8::/32",
  "2002::/16", // 6to4
  "3fff::/20", // documentation
];

const blocked4 = listOf(NOT_PUBLIC, "ipv4");
const blocked6 = listOf(NOT_PUBLIC_IN_2000, "ipv6");
const given6 = listOf(["2000::/3"], "ipv6");

function listOf(ranges: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = "", prefix = ""] = range.split("/");
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
}

/**
 * Whether an IP address is a public one. IPv4 in IPv6 (`::ffff:10.0.0.1`, NAT64) is not, whatever it says; nor is what is no
 * address at all, or one with a zone.
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !blocked4.check(address, "ipv4");
    case 6:
      return !address.includes("%") && given6.check(address, "ipv6") && !blocked6.check(address, "ipv6");
    default:
      return false;
  }
}

/** Where people sign in: the origin of PUBLIC_URL, if a session's cookie is safe there. */

export interface SignInAddress {
  /** Such as `https://chain.example.com`; null: nobody can sign in. */
  origin: string | null;
  /** Why not, and what to do; null: nothing is to be said. */
  advice: string | null;
}

/** `configured`: GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET are set, as Probot's set-up page does. */
export function signInAddress(configured: boolean, publicUrl: string | null): SignInAddress {
  if (!configured) return { origin: null, advice: null };
  const off = (why: string) => ({ origin: null, advice: `Nobody can sign in: ${why}` });
  if (publicUrl === null)
    return off(
      "PUBLIC_URL is not set. Set it to the address at which people reach the server, to give them the dashboard.",
    );
  const { origin, protocol, hostname, pathname } = new URL(publicUrl);
  if (pathname !== "/")
    return off(`PUBLIC_URL is ${publicUrl}. The dashboard needs a host name of its own, without a path.`);
  if (protocol !== "https:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/i.test(hostname))
    return off(
      `PUBLIC_URL is ${publicUrl}. Whoever is on the way could take over sessions: put a proxy with TLS before the server.`,
    );
  return { origin, advice: null };
}

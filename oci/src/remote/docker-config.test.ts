import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failureOf } from "../../test/failures.ts";
import { temporaryFolder } from "../../test/folder.ts";
import { dockerCredentials, parseDockerConfig } from "./docker-config.ts";

const auth = Buffer.from("me:pa:ss").toString("base64");
const login = { username: "me", password: "pa:ss" };

test.each<[string, object, string, object | undefined]>([
  ["a host with a port", { "r:5000": { auth } }, "r:5000/a", login],
  ["a host in any case", { "GHCR.io": { auth } }, "ghcr.IO/a", login],
  ["another host", { "r:5000": { auth } }, "r/a", undefined],
  ["a host as a URL", { "https://r/v2/": { auth } }, "r/a", login],
  ["Docker Hub's old name", { "https://index.docker.io/v1/": { auth } }, "docker.io/a", login],
  ["user name and password apart", { r: { username: "me", password: "pa:ss" } }, "r/a", login],
  ["an identity token", { r: { auth, identitytoken: "t" } }, "r/a", { identityToken: "t" }],
  ["the repository before the host", { r: { auth: "eDp5" }, "r/a/b": { auth } }, "r/a/b/c", login],
  ["the host for another repository", { r: { auth }, "r/a": { auth: "eDp5" } }, "r/ab", login],
  ["an empty entry, as a helper leaves it", { r: {} }, "r/a", undefined],
])("credentials are found by %s", async (_, auths, reference, expected) => {
  const slash = reference.indexOf("/");
  const find = parseDockerConfig(JSON.stringify({ auths }), "the secret");
  expect(await find(reference.slice(0, slash), reference.slice(slash + 1))).toEqual(expected);
});

test.each([
  ["credsStore, which has the login of an empty entry", { auths: { r: {} }, credsStore: "desktop" }],
  ["credHelpers, which name the registry", { credHelpers: { r: "desktop" } }],
  ["credHelpers before auths, as docker does", { auths: { r: { auth } }, credHelpers: { R: "desktop" } }],
])("a login that a helper keeps is told of: %s", async (_, config) => {
  const find = parseDockerConfig(JSON.stringify(config), "the secret");
  const failure = await failureOf(() => find("r", "a"));
  expect(failure.code).toBe("ASMF_OCI_CREDENTIALS_INVALID");
  expect(failure.message).toContain("docker-credential-desktop");
});

test("a helper says nothing of a registry that it was never used for", async () => {
  const config = { auths: { other: {}, own: { auth } }, credsStore: "desktop", credHelpers: { other: "ecr" } };
  const find = parseDockerConfig(JSON.stringify(config), "the secret");
  expect(await find("r", "a")).toBeUndefined();
  expect(await find("own", "a")).toEqual(login);
});

test("a login is seen by a process that runs, and no file is no credentials", async () => {
  const folder = await temporaryFolder();
  const find = dockerCredentials({ DOCKER_CONFIG: folder });
  expect(await find("r", "a")).toBeUndefined();
  await writeFile(join(folder, "config.json"), JSON.stringify({ auths: { r: { auth } } }));
  expect(await find("r", "a")).toEqual(login);
});

describe("a file that cannot be used is named, and its content is not", () => {
  test.each([
    ["no JSON", 'secret{"'],
    ["a list", '["secret"]'],
    ["auths of text", '{"auths":"secret"}'],
    ["an entry of text", '{"auths":{"r":"secret"}}'],
    ["auth without a colon", `{"auths":{"r":{"auth":"${Buffer.from("secret").toString("base64")}"}}}`],
  ])("%s", async (_, text) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "config.json"), text);
    const failure = await failureOf(Promise.resolve(dockerCredentials({ DOCKER_CONFIG: folder })("r", "a")));
    expect(failure.code).toBe("ASMF_OCI_CREDENTIALS_INVALID");
    expect(failure.message).toContain(join(folder, "config.json"));
    expect(`${failure.stack}${failure.cause}`).not.toMatch(/secret|c2VjcmV0/);
  });
});

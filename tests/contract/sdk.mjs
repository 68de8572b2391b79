// Walks through the API with the official Node SDK. Argument: one JSON object.
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const { url, accountSid, authToken, packages } = JSON.parse(process.argv[2]);
const client = createRequire(packages + "/")("twilio")(accountSid, authToken);
client.memory.baseUrl = client.conversations.baseUrl = url;
const memory = client.memory.v1;

const store = await memory.stores.create({ displayName: "node", description: "From Node" });
assert.equal((await memory.stores(store.id).fetch()).status, "ACTIVE");
const made = [];
for (let n = 0; n < 7; n++) {
  const traits = { Contact: { phone: `+1317555030${n}`, city: null } };
  made.push((await memory.profiles(store.id).create({ traits })).id);
}
// `list` of 6.2.0 stops after the first page (it looks for a URL where there is a token); `nextPage` does not
const listed = [];
for (let page = await memory.profiles(store.id).page({ pageSize: 3 }); page; page = await page.nextPage()) {
  listed.push(...page.instances);
}
assert.deepEqual(listed, made.toReversed());
assert.deepEqual(await memory.profiles(store.id).list(), made.toReversed());
const found = await memory.lookup(store.id).create({ idType: "phone", value: "+13175550303" });
assert.deepEqual(found.profiles, [made[3]]);
const observation = { content: "Wears shoe size 43", source: "node", occurredAt: new Date() };
await memory.observations(store.id, made[0]).create({ observations: [observation] });
const recalled = await memory.recall(store.id, made[0]).create({ query: "shoe size" });
assert.equal(recalled.observations[0].content, "Wears shoe size 43");
await assert.rejects(memory.profiles(store.id).create({ traits: {} }), { status: 400, code: 400 });

const settings = { SMS: { captureRules: [{ from: "*", to: "+15550001111" }] }, VOICE: null };
const configuration = await client.conversations.v2.configurations.create({
  displayName: "node",
  description: "",
  conversationGroupingType: "GROUP_BY_PROFILE",
  memoryStoreId: store.id,
  channelSettings: settings,
});
const fetched = await client.conversations.v2.configurations(configuration.id).fetch();
assert.ok(fetched.createdAt instanceof Date);
assert.deepEqual(Object.keys(fetched.channelSettings), ["SMS"]);
assert.deepEqual(await client.conversations.v2.conversations.list({ status: ["ACTIVE"] }), []);
console.log("ok");

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

// The control plane: what was fetched is edited and sent back, with everything that stood in it
const identity = memory.identityResolutionSettings(store.id);
const { identifierConfigs, matchingRules } = await identity.fetch();
const loyaltyId = { idType: "loyaltyId", limit: 1, normalization: "trim" };
matchingRules.push("loyaltyId");
await identity.update({ identifierConfigs: [...identifierConfigs, loyaltyId], matchingRules });
assert.deepEqual((await identity.fetch()).matchingRules.at(-1), "loyaltyId");
const card = { dataType: "STRING", idTypePromotion: "loyaltyId", validationRule: null };
await memory.traitGroups(store.id).create({ displayName: "Loyalty", traits: { card, points: { dataType: "NUMBER" } } });
const loyalty = memory.traitGroups(store.id, "Loyalty");
const { traitGroup } = await loyalty.fetch();
traitGroup.traits.since = { dataType: "STRING" };
await loyalty.patch({ traits: traitGroup.traits }, { "If-Match": "*" });
assert.deepEqual(Object.keys((await loyalty.fetch()).traitGroup.traits).sort(), ["card", "points", "since"]);
await assert.rejects(loyalty.patch({ traits: {} }, { "If-Match": '"stale"' }), { status: 412, code: 520043 });
const groups = await memory.traitGroups(store.id).list();
assert.deepEqual(groups.map((one) => one.displayName).sort(), ["Contact", "Loyalty"]);
const mappings = [{ expression: "first", traitGroup: "Contact", traitName: "firstName" }];
const mappingFrom = { type: "INGRESS", columns: ["first"] };
const mappingTo = { type: "TRAITS", mappings };
await memory.dataMappings(store.id).create({ displayName: "crm", mappingFrom, mappingTo });
const [mapping] = await memory.dataMappings(store.id).list();
await memory.dataMappings(store.id, mapping.id).patch({ isEnabled: false });
assert.equal((await memory.dataMappings(store.id, mapping.id).fetch()).isEnabled, false);
await memory.stores(store.id).patch({ description: "Still from Node" });
assert.equal((await memory.stores(store.id).fetch()).version, 2);

// A profile: null removes a trait here
const profile = memory.profiles(store.id, made[0]);
await profile.patch({ traits: { Contact: { firstName: "Ada", city: "Rome" }, Loyalty: { card: "A1", points: 7 } } });
await profile.patch({ traits: { Contact: { city: null } } });
assert.deepEqual((await profile.fetch()).traits, {
  Contact: { phone: "+13175550300", firstName: "Ada" },
  Loyalty: { card: "A1", points: 7 },
});
assert.equal((await memory.traits(store.id, made[0]).list({ traitGroups: "Loyalty" })).length, 2);
await memory.identifiers(store.id, made[0]).create({ idType: "email", value: "ADA@example.com" });
await memory
  .identifiers(store.id, made[0], "email")
  .patch({ idType: "email", oldValue: "ada@example.com", newValue: "ada@example.org" });
assert.deepEqual((await memory.identifiers(store.id, made[0], "email").fetch()).values, ["ada@example.org"]);
await memory.identifiers(store.id, made[0], "email").remove({ removeAll: true });
await assert.rejects(memory.identifiers(store.id, made[0], "email").fetch(), { status: 404, code: 20404 });

// What is remembered, changed
const [remembered] = await memory.observations(store.id, made[0]).list();
const corrected = { content: "Wears shoe size 44", occurredAt: new Date() };
await memory.observations(store.id, made[0], remembered.id).patch(corrected);
const revisions = await memory.revisions(store.id, made[0], remembered.id).list();
assert.deepEqual(revisions.map((one) => one.content), ["Wears shoe size 44", "Wears shoe size 43"]);
await memory.observations(store.id, made[0], remembered.id).remove();
await assert.rejects(memory.observations(store.id, made[0], remembered.id).fetch(), { status: 404, code: 20404 });
const recap = { content: "They called", conversationId: "conv_conversation_" + "0".repeat(26), occurredAt: new Date() };
await memory.conversationSummaries(store.id, made[0]).create({ summaries: [recap] });
const [summary] = await memory.conversationSummaries(store.id, made[0]).list();
await memory.conversationSummaries(store.id, made[0], summary.id).patch({ content: "They wrote" });
assert.equal((await memory.conversationSummaries(store.id, made[0], summary.id).fetch()).content, "They wrote");
await memory.conversationSummaries(store.id, made[0], summary.id).remove();

// Many at once; this SDK does not read the `statusUrl` that stands in both answers
async function until(found) {
  for (;;) {
    const answer = await found();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const lookUp = async (value) => (await memory.lookup(store.id).create({ idType: "phone", value })).profiles;
await memory.bulk(store.id).update({ profiles: [{ traits: { Contact: { phone: "+13175550309", city: null } } }] });
await until(async () => (await lookUp("+13175550309")).length);
const csv = "Phone,Name\n+13175550309,Grace\n";
const columnMappings = [
  { columnName: "Phone", traitGroup: "Contact", traitName: "phone" },
  { columnName: "Name", traitGroup: "Contact", traitName: "firstName" },
];
const task = await memory.imports(store.id).create({ filename: "people.csv", fileSize: csv.length, columnMappings });
assert.equal((await fetch(task.url, { method: "PUT", body: csv })).status, 200);
await until(async () => (await memory.imports(store.id, task.importId).fetch()).status === "COMPLETED");
assert.deepEqual(await memory.imports(store.id).list(), [task.importId]);
const [grace] = await lookUp("+13175550309");
assert.equal((await memory.profiles(store.id, grace).fetch()).traits.Contact.firstName, "Grace");
await memory.profiles(store.id, grace).remove();
await assert.rejects(memory.profiles(store.id, grace).fetch(), { status: 404, code: 20404 });
await loyalty.remove();
await memory.dataMappings(store.id, mapping.id).remove();
const second = await memory.stores.create({ displayName: "node-2" });
await memory.stores(second.id).remove();
assert.deepEqual(await memory.stores.list(), [store.id]);

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

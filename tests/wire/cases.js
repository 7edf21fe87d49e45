// SPDX-License-Identifier: Apache-2.0
'use strict';

// What is asked of the SDK: [function, variant, arguments, contents of files that these name].

const DEVICE = '0123456789abcdef01234567';
const PRODUCT = 'cold-chain-v100';
const ORG = 'acme';
const ICCID = '8901000000000000001';
const LEDGER = 'thresholds';
const CODE = 'export default function run() {}';

const product = { product: PRODUCT };
const org = { org: ORG };
const device = { deviceId: DEVICE };
const sources = {
  files: { 'src/main.cpp': 'main', 'lib/led/led.h': 'header' },
};
const sourceContents = { main: 'void setup() {}\n', header: '#pragma once\n' };
const binary = { files: { 'app.bin': 'app' } };
const binaryContents = { app: 'BINARY' };

const account = [
  ['login', 'plain', { username: 'ada@example.com', password: 'pass word' }],
  ['login', 'duration', { username: 'ada@example.com', password: 'p', tokenDuration: 0 }],
  ['sendOtp', 'plain', { mfaToken: 'mfa.token', otp: '654321' }],
  ['loginAsClientOwner', 'plain', {}],
  ['enableMfa', 'plain', {}],
  ['confirmMfa', 'plain', { mfaToken: 'mfa.token', otp: '654321' }],
  ['confirmMfa', 'invalidate', { mfaToken: 'mfa.token', otp: '654321', invalidateTokens: true }],
  ['disableMfa', 'plain', { currentPassword: 'secret' }],
  ['createCustomer', 'plain', { email: 'jane@example.com', password: 'secret', ...product }],
  [
    'createUser',
    'plain',
    {
      username: 'ada@example.com',
      password: 'secret',
      accountInfo: { first_name: 'Ada', business_account: false },
      utm: { source: 'mail' },
    },
  ],
  ['createUser', 'short', { username: 'ada@example.com', password: 'secret' }],
  ['verifyUser', 'plain', { token: 'mailtoken' }],
  ['resetPassword', 'plain', { username: 'ada@example.com' }],
  ['deleteAccessToken', 'plain', { token: 'deadbeef' }],
  [
    'deleteAccessToken',
    'old',
    { token: 'deadbeef', username: 'ada@example.com', password: 'secret' },
    undefined,
    'old',
  ],
  ['deleteCurrentAccessToken', 'plain', {}],
  ['deleteActiveAccessTokens', 'plain', {}],
  ['deleteUser', 'plain', { password: 'secret' }],
  ['listAccessTokens', 'plain', { username: 'ada@example.com', password: 'secret' }],
  ['listAccessTokens', 'otp', { username: 'ada@example.com', password: 'secret', otp: '654321' }],
  ['trackingIdentity', 'plain', {}],
  ['trackingIdentity', 'full', { full: true }],
  ['getUserInfo', 'plain', {}],
  ['setUserInfo', 'plain', { accountInfo: { company_name: 'Acme' } }],
  ['changeUsername', 'plain', { currentPassword: 'secret', username: 'eve@example.com' }],
  [
    'changeUsername',
    'invalidate',
    { currentPassword: 'secret', username: 'eve@example.com', invalidateTokens: true },
  ],
  ['changeUserPassword', 'plain', { currentPassword: 'secret', password: 'better' }],
  [
    'changeUserPassword',
    'invalidate',
    { currentPassword: 'secret', password: 'better', invalidateTokens: true },
  ],
];

const devices = [
  ['listDevices', 'own', {}],
  ['listDevices', 'product', product],
  [
    'listDevices',
    'filter',
    {
      ...product,
      deviceId: '0123',
      deviceName: 'truck 7',
      groups: ['beta', 'north'],
      sortAttr: 'deviceName',
      sortDir: 'desc',
      page: 3,
      perPage: 100,
    },
  ],
  ['getDevice', 'own', device],
  ['getDevice', 'product', { ...device, ...product }],
  ['claimDevice', 'plain', device],
  ['claimDevice', 'transfer', { ...device, requestTransfer: true }],
  ['addDeviceToProduct', 'id', { ...device, ...product }],
  ['addDeviceToProduct', 'file', { file: 'ids', ...product }, { ids: `${DEVICE}\n` }],
  ['removeDevice', 'own', device],
  ['removeDevice', 'product', { ...device, ...product }],
  ['removeDevice', 'deny', { ...device, ...product, deny: true }],
  ['removeDeviceOwner', 'plain', { ...device, ...product }],
  ['renameDevice', 'own', { ...device, name: 'cold room' }],
  ['renameDevice', 'product', { ...device, ...product, name: 'cold room' }],
  ['signalDevice', 'on', { ...device, signal: true }],
  ['signalDevice', 'off', { ...device, signal: false }],
  ['signalDevice', 'product', { ...device, ...product, signal: true }],
  ['setDeviceNotes', 'own', { ...device, notes: 'two\nlines' }],
  ['setDeviceNotes', 'product', { ...device, ...product, notes: '' }],
  ['markAsDevelopmentDevice', 'plain', { ...device, ...product }],
  ['markAsDevelopmentDevice', 'off', { ...device, ...product, development: false }],
  ['lockDeviceProductFirmware', 'plain', { ...device, ...product, desiredFirmwareVersion: 7 }],
  [
    'lockDeviceProductFirmware',
    'flash',
    { ...device, ...product, desiredFirmwareVersion: 7, flash: true },
  ],
  ['unlockDeviceProductFirmware', 'plain', { ...device, ...product }],
  ['updateDevice', 'own', { ...device, name: 'cold room', signal: false, notes: 'new' }],
  [
    'updateDevice',
    'product',
    { ...device, ...product, development: true, desiredFirmwareVersion: 7, flash: false },
  ],
  ['updateDevice', 'unlock', { ...device, ...product, desiredFirmwareVersion: null }],
  ['unprotectDevice', 'prepare', { ...device, action: 'prepare' }],
  ['unprotectDevice', 'org', { ...device, ...org, action: 'prepare' }],
  [
    'unprotectDevice',
    'confirm',
    {
      ...device,
      ...product,
      action: 'confirm',
      serverNonce: 'c2VydmVy',
      deviceNonce: 'ZGV2aWNl',
      deviceSignature: 'c2ln',
      devicePublicKeyFingerprint: 'ZmluZ2Vy',
    },
  ],
  ['provisionDevice', 'plain', { productId: 4711 }],
  ['getClaimCode', 'own', {}],
  ['getClaimCode', 'iccid', { iccid: ICCID }],
  ['getClaimCode', 'product', product],
  ['changeProduct', 'plain', { ...device, productId: 4711 }],
  ['getVariable', 'own', { ...device, name: 'celsius' }],
  ['getVariable', 'product', { ...device, ...product, name: 'celsius' }],
  ['callFunction', 'own', { ...device, name: 'led', argument: 'on "now"' }],
  ['callFunction', 'product', { ...device, ...product, name: 'led', argument: '' }],
  ['sendPublicKey', 'plain', { ...device, key: '-----BEGIN PUBLIC KEY-----\nAA==\n' }],
  ['sendPublicKey', 'ecc', { ...device, key: '-----BEGIN PUBLIC KEY-----\n', algorithm: 'ecc' }],
  ['lookupSerialNumber', 'plain', { serialNumber: 'B40HAB000000001' }],
  ['downloadManufacturingBackup', 'plain', device],
];

const events = [
  ['getEventStream', 'all', {}],
  ['getEventStream', 'name', { name: 'temp/in side' }],
  ['getEventStream', 'mine', { deviceId: 'mine' }],
  ['getEventStream', 'mine name', { deviceId: 'mine', name: 'temp' }],
  ['getEventStream', 'device', device],
  ['getEventStream', 'device name', { ...device, name: 'temp' }],
  ['getEventStream', 'product', product],
  ['getEventStream', 'product name', { ...product, name: 'temp' }],
  ['getEventStream', 'product device', { ...product, ...device }],
  ['getEventStream', 'product device name', { ...product, ...device, name: 'temp' }],
  ['getEventStream', 'org', org],
  ['getEventStream', 'org name', { ...org, name: 'temp' }],
  ['getEventStream', 'org device', { ...org, ...device }],
  ['getEventStream', 'org product', { ...org, ...product }],
  ['getEventStream', 'org product name', { ...org, ...product, name: 'temp' }],
  ['publishEvent', 'plain', { name: 'door', data: 'open' }],
  ['publishEvent', 'no data', { name: 'door' }],
  ['publishEvent', 'private', { name: 'door', data: '{"a":1}', isPrivate: true }],
  ['publishEvent', 'product', { ...product, name: 'door', data: 'open', isPrivate: false }],
];

const firmware = [
  ['flashDevice', 'sources', { ...device, ...sources, targetVersion: '4.2.0' }, sourceContents],
  ['flashDevice', 'binary', { ...device, ...binary }, binaryContents],
  ['flashDevice', 'product', { ...device, ...product, ...binary }, binaryContents],
  ['flashTinker', 'plain', device],
  ['compileCode', 'target', { ...sources, platformId: 32, targetVersion: '5.8.0' }, sourceContents],
  ['compileCode', 'latest', { ...sources, platformId: 32 }, sourceContents],
  ['downloadFirmwareBinary', 'plain', { binaryId: '5d38f108bc91fb000130a3f9' }],
  ['listBuildTargets', 'plain', {}],
  ['listBuildTargets', 'featured', { onlyFeatured: true }],
  ['listDeviceOsVersions', 'plain', {}],
  [
    'listDeviceOsVersions',
    'filter',
    { platformId: 13, internalVersion: 4200, page: 2, perPage: 50 },
  ],
  ['getDeviceOsVersion', 'plain', { version: 'latest' }],
  ['getDeviceOsVersion', 'platform', { version: '4.2.0', platformId: 13 }],
  ['downloadFile', 'plain', { uri: '/libraries/neopixel-1.0.4.tar.gz?signature=a%2Bb' }],
  ['listProductFirmware', 'plain', product],
  [
    'uploadProductFirmware',
    'plain',
    { ...product, file: 'app', version: 4, title: 'Spring', description: 'less noise' },
    binaryContents,
  ],
  [
    'uploadProductFirmware',
    'short',
    { ...product, file: 'app', version: 4, title: 'Spring' },
    binaryContents,
  ],
  ['getProductFirmware', 'plain', { ...product, version: 4 }],
  ['updateProductFirmware', 'plain', { ...product, version: 4, title: 'May', description: '' }],
  ['downloadProductFirmware', 'plain', { ...product, version: 4 }],
  ['releaseProductFirmware', 'default', { ...product, version: 4, product_default: true }],
  [
    'releaseProductFirmware',
    'groups',
    { ...product, version: 4, groups: ['beta', 'north'], intelligent: false },
  ],
];

const products = [
  ['listProducts', 'plain', {}],
  ['getProduct', 'plain', product],
  ['listTeamMembers', 'plain', product],
  ['inviteTeamMember', 'plain', { ...product, username: 'bob@example.com' }],
  ['removeTeamMember', 'plain', { ...product, username: 'bob@example.com' }],
  ['getProductConfiguration', 'plain', product],
  ['getProductConfigurationSchema', 'plain', product],
  ['getProductDeviceConfiguration', 'plain', { ...product, ...device }],
  ['getProductDeviceConfigurationSchema', 'plain', { ...product, ...device }],
  [
    'setProductConfiguration',
    'plain',
    { ...product, config: { location: { radius: 1.5 }, rgb: { type: 'particle' } } },
  ],
  [
    'setProductDeviceConfiguration',
    'plain',
    { ...product, ...device, config: { location: { min_publish: false } } },
  ],
  ['getProductLocations', 'plain', product],
  [
    'getProductLocations',
    'filter',
    {
      ...product,
      dateRange: '2025-03-01T00:00:00Z,2025-03-02T00:00:00Z',
      rectBl: '44.5,-94',
      rectTr: '45.5,-93',
      deviceId: '0123',
      deviceName: 'truck',
      groups: ['beta', 'north'],
      page: 2,
      perPage: 100,
    },
  ],
  ['getProductDeviceLocations', 'plain', { ...product, ...device }],
  [
    'getProductDeviceLocations',
    'filter',
    {
      ...product,
      ...device,
      dateRange: '2025-03-01T00:00:00Z,2025-03-02T00:00:00Z',
      rectBl: '44.5,-94',
      rectTr: '45.5,-93',
    },
  ],
];

const sims = [
  ['listSIMs', 'own', {}],
  ['listSIMs', 'product', product],
  [
    'listSIMs',
    'filter',
    { ...product, iccid: '8901', deviceId: '0123', deviceName: 'truck', page: 2, perPage: 50 },
  ],
  ['getSIMDataUsage', 'own', { iccid: ICCID }],
  ['getSIMDataUsage', 'product', { iccid: ICCID, ...product }],
  ['getFleetDataUsage', 'plain', product],
  ['checkSIM', 'plain', { iccid: ICCID }],
  ['activateSIM', 'own', { iccid: ICCID, country: 'DE' }],
  ['activateSIM', 'promotion', { iccid: ICCID, country: 'DE', promoCode: 'SPRING' }],
  ['activateSIM', 'product', { iccids: [ICCID, `${ICCID}2`], country: 'DE', ...product }],
  ['deactivateSIM', 'own', { iccid: ICCID }],
  ['deactivateSIM', 'product', { iccid: ICCID, ...product }],
  ['reactivateSIM', 'own', { iccid: ICCID }],
  ['reactivateSIM', 'limit', { iccid: ICCID, mbLimit: 5 }],
  ['reactivateSIM', 'product', { iccid: ICCID, mbLimit: 5, ...product }],
  ['updateSIM', 'own', { iccid: ICCID, mbLimit: 5 }],
  ['updateSIM', 'product', { iccid: ICCID, mbLimit: 5, ...product }],
  ['removeSIM', 'own', { iccid: ICCID }],
  ['removeSIM', 'product', { iccid: ICCID, ...product }],
];

const hook = { event: 'door', url: 'https://example.com/hook?a=1' };
const settings = { integration_type: 'AzureIotHub', hub_name: 'hub', json: { a: [1] } };

const integrations = [
  ['createWebhook', 'plain', hook],
  ['createWebhook', 'product', { ...hook, ...product }],
  [
    'createWebhook',
    'all',
    {
      ...hook,
      device: DEVICE,
      rejectUnauthorized: false,
      noDefaults: false,
      hook: {
        method: 'PUT',
        auth: { username: 'u', password: 'p' },
        headers: { 'X-A': '1' },
        query: { q: 'v' },
        json: { t: '{{PARTICLE_EVENT_VALUE}}' },
        responseTemplate: '{{a}}',
        responseEvent: 'done',
        errorResponseEvent: 'failed',
      },
    },
  ],
  ['createWebhook', 'form', { ...hook, hook: { form: { a: 'b' } } }],
  ['createWebhook', 'body', { ...hook, hook: { method: 'POST', body: 'text' } }],
  ['deleteWebhook', 'own', { hookId: '5b0e1f2a3c4d5e6f70819203' }],
  ['deleteWebhook', 'product', { hookId: '5b0e1f2a3c4d5e6f70819203', ...product }],
  ['listWebhooks', 'own', {}],
  ['listWebhooks', 'product', product],
  ['createIntegration', 'own', { event: 'door', settings, ...device }],
  ['createIntegration', 'product', { event: 'door', settings, ...product }],
  ['createIntegration', 'org', { event: 'door', settings, ...org }],
  ['editIntegration', 'own', { integrationId: 'int1', event: 'gate', settings, ...device }],
  ['editIntegration', 'product', { integrationId: 'int1', settings: { a: 1 }, ...product }],
  ['editIntegration', 'org', { integrationId: 'int1', settings: { a: 1 }, ...org }],
  ['deleteIntegration', 'own', { integrationId: 'int1' }],
  ['deleteIntegration', 'product', { integrationId: 'int1', ...product }],
  ['deleteIntegration', 'org', { integrationId: 'int1', ...org }],
  ['listIntegrations', 'own', {}],
  ['listIntegrations', 'product', product],
  ['listIntegrations', 'org', org],
  ['listOAuthClients', 'own', {}],
  ['listOAuthClients', 'product', product],
  [
    'createOAuthClient',
    'own',
    { name: 'App', type: 'web', redirect_uri: 'https://example.com/cb', scope: '*:*' },
  ],
  ['createOAuthClient', 'product', { name: 'App', type: 'installed', ...product }],
  ['updateOAuthClient', 'own', { clientId: 'app-1234', name: 'App 2', scope: 'none' }],
  ['updateOAuthClient', 'product', { clientId: 'app-1234', name: 'App 2', ...product }],
  ['deleteOAuthClient', 'own', { clientId: 'app-1234' }],
  ['deleteOAuthClient', 'product', { clientId: 'app-1234', ...product }],
];

const libraries = [
  ['listLibraries', 'plain', {}],
  [
    'listLibraries',
    'filter',
    {
      page: 2,
      limit: 100,
      filter: 'neo',
      sort: '-installs',
      architectures: ['boron', 'argon'],
      category: 'Signal Input/Output',
      scope: 'public',
      excludeScopes: ['mine', 'private'],
    },
  ],
  ['getLibrary', 'plain', { name: 'neopixel' }],
  ['getLibrary', 'version', { name: 'neopixel', version: '1.0.4' }],
  ['getLibraryVersions', 'plain', { name: 'neopixel' }],
  ['getLibraryVersions', 'page', { name: 'neopixel', page: 2, limit: 20 }],
  ['contributeLibrary', 'plain', { archive: 'archive' }, { archive: 'TAR' }],
  ['publishLibrary', 'plain', { name: 'neopixel' }],
  ['deleteLibrary', 'plain', { name: 'neopixel' }],
  ['deleteLibrary', 'force', { name: 'neopixel', force: 'sesame' }],
];

const networks = [
  ['createMeshNetwork', 'plain', { name: 'net', ...device }],
  ['createMeshNetwork', 'iccid', { name: 'net', ...device, iccid: ICCID }],
  ['removeMeshNetwork', 'plain', { networkId: 'net' }],
  ['listMeshNetworks', 'plain', {}],
  ['listMeshNetworks', 'page', { page: 2, perPage: 50 }],
  ['getMeshNetwork', 'plain', { networkId: 'net' }],
  ['updateMeshNetwork', 'plain', { networkId: 'net', action: 'gateway-disable', ...device }],
  ['addMeshNetworkDevice', 'plain', { networkId: 'net', ...device }],
  ['removeMeshNetworkDevice', 'network', { networkId: 'net', ...device }],
  ['removeMeshNetworkDevice', 'any', device],
  ['listMeshNetworkDevices', 'plain', { networkId: 'net' }],
  ['listMeshNetworkDevices', 'role', { networkId: 'net', role: 'node', page: 2, perPage: 50 }],
];

const logicFunction = { name: 'Alarm', source: { type: 'JavaScript', code: CODE } };
const functionId = { logicFunctionId: 'f1' };
const runId = { ...functionId, logicRunId: 'r1' };

const logic = [
  [
    'executeLogic',
    'own',
    {
      logic: {
        source: { type: 'JavaScript', code: CODE },
        event: { event_name: 'door', event_data: 'open' },
        api_username: 'robot@example.com',
      },
    },
  ],
  ['executeLogic', 'org', { ...org, logic: { source: { type: 'JavaScript', code: '' } } }],
  ['createLogicFunction', 'own', { logicFunction }],
  [
    'createLogicFunction',
    'org',
    {
      ...org,
      logicFunction: {
        ...logicFunction,
        description: '',
        enabled: true,
        logic_triggers: [{ type: 'Event', product_id: 4711, event: 'door' }],
      },
    },
  ],
  ['getLogicFunction', 'own', functionId],
  ['getLogicFunction', 'org', { ...org, ...functionId }],
  ['updateLogicFunction', 'own', { ...functionId, logicFunction: { enabled: false } }],
  ['updateLogicFunction', 'org', { ...org, ...functionId, logicFunction: { newer: [1] } }],
  ['deleteLogicFunction', 'own', functionId],
  ['deleteLogicFunction', 'org', { ...org, ...functionId }],
  ['listLogicFunctions', 'own', {}],
  ['listLogicFunctions', 'stats', { todayStats: true }],
  ['listLogicFunctions', 'org', { ...org, todayStats: false }],
  ['listLogicRuns', 'own', functionId],
  ['listLogicRuns', 'org', { ...org, ...functionId }],
  ['getLogicRun', 'own', runId],
  ['getLogicRun', 'org', { ...org, ...runId }],
  ['getLogicRunLogs', 'own', runId],
  ['getLogicRunLogs', 'org', { ...org, ...runId }],
];

const ledger = { ledgerName: LEDGER };
const instance = { ...ledger, scopeValue: DEVICE };

const ledgers = [
  [
    'createLedger',
    'own',
    { ledger: { name: LEDGER, scope: 'Device', direction: 'Downstream', description: 'limits' } },
  ],
  [
    'createLedger',
    'org',
    { ...org, ledger: { name: LEDGER, scope: 'Owner', direction: 'Downstream' } },
  ],
  ['getLedger', 'own', ledger],
  ['getLedger', 'org', { ...org, ...ledger }],
  ['updateLedger', 'own', { ...ledger, ledger: { description: 'new' } }],
  ['updateLedger', 'org', { ...org, ...ledger, ledger: { direction: 'Upstream' } }],
  ['archiveLedger', 'own', ledger],
  ['archiveLedger', 'org', { ...org, ...ledger }],
  ['listLedgers', 'own', {}],
  ['listLedgers', 'filter', { scope: 'Product', page: 2, perPage: 50, archived: true }],
  ['listLedgers', 'org', { ...org, archived: false }],
  ['getLedgerInstance', 'own', instance],
  ['getLedgerInstance', 'org', { ...org, ...instance }],
  ['setLedgerInstance', 'own', { ...instance, instance: { data: { max: 8, deep: { a: [] } } } }],
  [
    'setLedgerInstance',
    'merge',
    { ...instance, instance: { data: { max: null } }, setMode: 'Merge' },
  ],
  ['setLedgerInstance', 'org', { ...org, ...instance, instance: { data: {} }, setMode: 'Replace' }],
  ['deleteLedgerInstance', 'own', instance],
  ['deleteLedgerInstance', 'org', { ...org, ...instance }],
  ['listLedgerInstances', 'own', ledger],
  ['listLedgerInstances', 'page', { ...ledger, page: 2, perPage: 50 }],
  ['listLedgerInstances', 'org', { ...org, ...ledger }],
  ['listLedgerInstanceVersions', 'own', instance],
  [
    'listLedgerInstanceVersions',
    'time',
    {
      ...instance,
      replacedBefore: '2025-03-14T09:26:53.589Z',
      replacedAfter: '2025-03-01T00:00:00Z',
    },
  ],
  ['listLedgerInstanceVersions', 'org', { ...org, ...instance }],
  ['getLedgerInstanceVersion', 'own', { ...instance, version: 'v2' }],
  ['getLedgerInstanceVersion', 'org', { ...org, ...instance, version: 'v2' }],
];

const ops = [
  { op: 'Set', key: 'LIMIT', value: '8' },
  { op: 'Unset', key: 'OLD' },
];

const env = [
  ['listEnvVars', {}],
  ['updateEnvVars', { ops }],
  ['setEnvVar', { key: 'LIMIT', value: '8' }],
  ['deleteEnvVar', { key: 'LIMIT' }],
  ['renderEnvVars', {}],
  ['reviewEnvVarsRollout', {}],
  ['startEnvVarsRollout', { when: 'Connect' }],
].flatMap(([name, args]) => [
  [name, 'sandbox', { sandbox: true, ...args }],
  [name, 'product', { ...product, ...args }],
  [name, 'org', { ...org, ...args }],
  [name, 'device', { ...device, ...args }],
]);

module.exports = [
  ...account,
  ...devices,
  ...events,
  ...firmware,
  ...products,
  ...sims,
  ...integrations,
  ...libraries,
  ...networks,
  ...logic,
  ...ledgers,
  ...env,
];

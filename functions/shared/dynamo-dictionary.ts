/**
 * What most documents of persons have in common, for zlib: a short document is packed against it as if it had come before. The
 * end counts most. Names of events and properties are those of the retail specification that SDKs share; a company of other
 * names loses a little.
 *
 * Stored items were packed against it, so it never changes: a better one gets a number and an attribute of its own.
 */
export const DICTIONARY_1 = Buffer.from(
  [
    '"lost_claim":{"v":true,"at":"2026-","external_userid:","douyin_openid:","tmall_ouid:","jd_pin:","unionid:',
    '{"kind":"distinct","values":{"distinct|Order Completed||products[].category":{"set|Order Completed||products[].category":',
    '{"kind":"set","values":{"{"kind":"min","days":{"kind":"max","days":{"min|Order Completed|||total|CNY":{"max|Order Completed|||',
    'total|CNY":{"count|Order Completed|||total|CNY":{"kind":"count","days":{"":1}},"sum|Order Completed|||total|CNY":{"kind":"sum",',
    '"days":{"total|Order Completed|||total|CNY":{"kind":"total","days":{"last|Store Entered":{"last|Member Code Scanned":{',
    '"last|Order Completed|store":{"last|Order Completed||products[].product_id":{"last|Order Completed||product_id":{"kind":"last",',
    '"groups":{"sku-1":{"at":"2026-"Checkout Started":1,"Cart Viewed":1,"Signed Up":1,"Signed In":1,"Product List Viewed":1,',
    '"traits":{"first_name":{"last_name":{"gender":{"birthday":{"city":{"points":{"level":{"name":{"phone":{"v":"t1.1.",',
    '"email":{"v":"t1.1."marketing":{"v":true,"at":"2026-"analytics":{"v":false,"at":"2026-","source":"crm","source":"app",',
    '"unverified":true},"isolated":"blocked","isolated":"degree","crowded":["isolated":"shared"}],"kind":"import","verified":true,',
    '"last_seen":"2026-","model":"probabilistic","manual","unbind","split","retract","bind","import","login",',
    '{"to":null,"moved":{},"evidence":[{"a":"email:t1.1.","b":"phone:t1.1.","kind":"login","verified":false,"confidence":1,',
    '"first_seen":"2026-","source_id":"web","event_id":"ajs-next-1"},{"a":"openid:wx","b":"user_id:","kind":"same_event",',
    '"verified":false,"confidence":1,"first_seen":"2026-","source_id":"app","event_id":"},{"a":"anonymous_id:","b":"user_id:",',
    '"kind":"same_event","external":[],"sightings":{"device_id:":"2026-","persons":[{"one_id":"p_","founder":"anonymous_id:",',
    '"members":["anonymous_id:","email:t1.1.","phone:t1.1.","user_id:"],"shared":true}],"owners":["user_id:"],"changes":1}',
    '"days|Product Viewed|app":{"kind":"days","days":{"top|Product Added||category":{"kind":"top","values":{"dates|Order Completed":',
    '{"kind":"dates","days":{"first|Order Completed":{"kind":"first","groups":{"":{"at":"count|Order Completed":{"kind":"count",',
    '"days":{"":1}},"days|Order Completed":{"kind":"days","days":{"last|Order Completed":{"kind":"last","groups":{"":{"at":"2026-',
    '"last|Product Added":{"kind":"last","groups":{"":{"at":"2026-"hours|Product Viewed":{"kind":"hours","days":{"00":1,"12":1,"20":1}},',
    '"last|Product Viewed|||product_id":{"kind":"last","groups":{"":{"at":"2026-","date":"2026-","value":null}}},"value":"sku-1',
    '{"component":null,"first_seen":"2026-01-01T00:00:00.000Z","groups":{"":"2026-01-01T00:00:00.000Z"},"seen":{"inline":{"2026-01-01":"',
    '"},"chunks":[]},"armed":[],"aggregate":{"events":1,"first":"2026-01-01T00:00:00.000Z","last":"2026-01-01T00:00:00.000Z",',
    '"names":{"identify":1,"Products Searched":1,"Order Completed":1,"Product Added":1,"Product Viewed":1,"page":1},"channels":{"web":1},',
    '"traits":{},"consents":{},"claims":{},"zone":{"v":"Asia/Shanghai","at":"2026-01-01T00:00:00.000Z","id":"ajs-next-1","source":"web"},',
    '"source_zone":null,"registers":{"days|Product Viewed||product_id":{"kind":"days","days":{"2026-01-01|sku-1":1,"2026-01-01|sku-2":1}},',
    '"last|Product Viewed|||product_id":{"kind":"last","groups":{"":{"at":"2026-01-01T00:00:00.000Z","id":"ajs-next-1","date":"2026-01-01",',
    '"value":"sku-1"}}}}},"moves":[{"key":"anonymous_id:","one_id":"p_","shared":false,"seq":0,"at":"2026-01-01T00:00:00.000Z"}]}',
  ].join(''),
);

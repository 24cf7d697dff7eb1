/** JsonValue is anything JSON can say; numbers are doubles. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** JsonObject is a JSON object, the shape of state and metadata. */
export type JsonObject = { [key: string]: JsonValue };

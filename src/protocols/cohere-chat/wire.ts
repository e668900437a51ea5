/** Chat of Cohere's second version, as its providers are asked. Format: https://docs.cohere.com/reference/chat and …/chat-stream */
export const PROTOCOL = "cohere-chat";

/**
 * An authority that no certificate is of, but its own: its key was thrown away. Hosts whose clients' authorities cannot be read are shut
 * with it, as they would be open without any.
 */
export const NOBODY = `-----BEGIN CERTIFICATE-----
MIIBfTCCASKgAwIBAgIUejThuEZr/oKcigPvqRY2sN5z8TcwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEyNjA3NDgzMloYDzIxMjYxMTAyMDc0
ODMyWjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQ3Dot6Tw3BAxFKL+9fWie34bG69AlI/ivws7wf3PqxeJNpydjKqL4fPSa6Cq11
w2VkRjGJy+ibl8PcLr4T6+4ao1YwVDAdBgNVHQ4EFgQUnJtthWjfRnyQFw+ifKMP
0Rwu8IQwHwYDVR0jBBgwFoAUnJtthWjfRnyQFw+ifKMP0Rwu8IQwEgYDVR0TAQH/
BAgwBgEB/wIBADAKBggqhkjOPQQDAgNJADBGAiEAkDCCi32ACa+T8m6vlKrLUA3v
seEha8FTvzuGgJYjI58CIQCWYL28rnek70n3tFLzbJ84sRGDvTIYu2tV/Xe/2ts+
PA==
-----END CERTIFICATE-----
`;

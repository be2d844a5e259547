/// Takes the place of Mbed TLS's reader of certificate files in this program.
///
/// Debian's libgit2 reads the host's whole bundle of certificate authorities whenever it starts, before anybody has asked for a
/// connection (`git_mbedtls_stream_global_init`, libgit2 1.5), which takes longer than all else that it does here, and has no setting
/// against it. Nothing in this program connects to anywhere by libgit2: git itself fetches and pushes. A libgit2 that trusts no
/// authority would refuse every server, should anybody try. A libgit2 with another TLS library never calls this.
///
/// - Returns: 0, no error: an empty chain stays empty.
@c(mbedtls_x509_crt_parse_file)
public func readsNoCertificates(_ chain: UnsafeMutableRawPointer?, _ path: UnsafePointer<CChar>?) -> CInt { 0 }

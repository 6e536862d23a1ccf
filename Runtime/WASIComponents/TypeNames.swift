// The types that WASI's interfaces name, in the words of `TypeMatcher`. Spec: `types.wit` and the others of WASI 0.2.12.
import ComponentRuntime
import WasmEngine

extension CommandWorld {
    /// Named types of all interfaces, whose names do not collide.
    static var typeNames: TypeNames {
        [
            "stream-error": "variant{last-operation-failed:own,closed}",
            "datetime": "record{seconds:u64,nanoseconds:u32}",
            "new-timestamp": "variant{no-change,now,timestamp:datetime}",
            "descriptor-type": "enum{unknown,block-device,character-device,directory,fifo,symbolic-link,regular-file,socket}",
            "error-code": """
            enum{access,would-block,already,bad-descriptor,busy,deadlock,quota,exist,file-too-large,illegal-byte-sequence,\
            in-progress,interrupted,invalid,io,is-directory,loop,too-many-links,message-size,name-too-long,no-device,\
            no-entry,no-lock,insufficient-memory,insufficient-space,not-directory,not-empty,not-recoverable,unsupported,\
            no-tty,no-such-device,overflow,not-permitted,pipe,read-only,invalid-seek,text-file-busy,cross-device}
            """,
            "advice": "enum{normal,sequential,random,will-need,dont-need,no-reuse}",
            "descriptor-flags": "flags{read,write,file-integrity-sync,data-integrity-sync,requested-write-sync,mutate-directory}",
            "path-flags": "flags{symlink-follow}",
            "open-flags": "flags{create,directory,exclusive,truncate}",
            "descriptor-stat": """
            record{type:descriptor-type,link-count:u64,size:u64,data-access-timestamp:option<datetime>,\
            data-modification-timestamp:option<datetime>,status-change-timestamp:option<datetime>}
            """,
            "directory-entry": "record{type:descriptor-type,name:string}",
            "metadata-hash-value": "record{lower:u64,upper:u64}",
        ]
    }
}

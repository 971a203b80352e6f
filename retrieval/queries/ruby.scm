(module name: (_) @name) @module
(class name: (_) @name) @class
(method name: (_) @name) @method
(singleton_method name: (_) @name) @method
(assignment left: (constant) @name right: [(array) (hash) (call)]) @variable

(call method: (identifier) @call)
(call receiver: (constant) @reference)
(superclass (constant) @reference)
(superclass (scope_resolution name: (constant) @reference))
(call method: (identifier) @imports arguments: (argument_list . (string (string_content) @import)))

# What the room `deploy` puts together: the pad that one writes on and its page, and the pieces of C that a network's code
# is made of.
function(inkling_deploy_parts)
  set(deploy ${PROJECT_SOURCE_DIR}/src/deploy)
  inkling_embed(deploy pad_parts embed_pad DEFINITIONS PAGE=${deploy}/page FILES ${deploy}/page/*)
  inkling_embed(deploy code_pieces embed_code DEFINITIONS PIECES=${deploy}/code/pieces FILES ${deploy}/code/pieces/*)
endfunction()
